from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.curate.duplicates.copy_candidates import complete, propose, series_of
from medcurate.curate.measures.image_digest import digest_images
from medcurate.curate.scanning import scan
from medcurate.parallel import Workers
from tests.curate.drawn_heads import drawn_head


@pytest.fixture
def scanned(tmp_path, rng):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(6):
        head = drawn_head(rng, 120)
        cv2.imwrite(str(folder / f"{number}.png"), head)
        cv2.imwrite(str(folder / f"{number}-turned.png"), np.clip(np.rot90(head).astype(int) + 3, 0, 255))
    scan([folder], tmp_path / "out", workers=0, progress=False)
    return tmp_path / "out"


def test_every_copy_is_proposed_once_in_its_view(scanned):
    digests = digest_images(scanned, Workers(0, progress=False))
    found = propose(digests, series_of(scanned, digests), max_distance=40)
    row = digests.records["row"]
    pairs = {tuple(sorted((row[a], row[b]))) for a, b in zip(found.first, found.second, strict=True)}
    assert pairs == {(2 * number, 2 * number + 1) for number in range(6)}
    assert len(found.first) == 6
    assert set(found.view.tolist()) <= {5, 6}


def test_images_of_one_series_are_not_proposed(scanned):
    digests = digest_images(scanned, Workers(0, progress=False))
    assert len(propose(digests, np.zeros(len(digests), np.int64), max_distance=40).first) == 0


def test_proposals_are_limited_to_the_nearest(scanned):
    digests = digest_images(scanned, Workers(0, progress=False))
    nobody = np.full(len(digests), -1)
    many = propose(digests, nobody, max_distance=256, most=100)
    few = propose(digests, nobody, max_distance=256, most=1)
    assert len(few.first) < len(many.first)
    assert few.distance.mean() < many.distance.mean()


def test_completion_proposes_the_missing_pairs_of_a_group(scanned):
    digests = digest_images(scanned, Workers(0, progress=False))
    nobody = np.full(len(digests), -1)
    found = complete(digests, nobody, [(0, 1), (1, 2), (2, 3), (7, 8)])
    pairs = {tuple(sorted(pair)) for pair in zip(found.first.tolist(), found.second.tolist(), strict=True)}
    assert pairs == {(0, 2), (0, 3), (1, 3)}
    assert len(complete(digests, nobody, []).first) == 0
