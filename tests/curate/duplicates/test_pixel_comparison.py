from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from medcurate.curate.duplicates.pixel_comparison import compare
from medcurate.curate.measures import perceptual_hash as ph
from tests.curate.drawn_heads import drawn_head, drawn_slices


def thumb(pixels):
    return ph.stretched(*ph.content(pixels, ph.content_box(pixels)))


def jpeg(pixels, quality):
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


CHANGES = {
    "reencoded": lambda head: jpeg(head, 40),
    "resized": lambda head: cv2.resize(head, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA),
    "bordered": lambda head: cv2.copyMakeBorder(head, 9, 30, 4, 11, cv2.BORDER_CONSTANT, value=255),
    "gamma": lambda head: (255 * (head / 255.0) ** 0.6).astype(np.uint8),
    "clipped": lambda head: np.clip(head * 1.3 - 12, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_copy_scores_high(rng, change):
    head = drawn_head(rng)
    found = compare(thumb(head), thumb(CHANGES[change](head)), 0, 96)
    assert found is not None
    assert found.score > 0.9


def test_cut_copy_scores_high_and_is_put_where_it_was(rng):
    head = drawn_head(rng)
    box = ph.content_box(head)
    cut = head[box.top + 14 : box.bottom, box.left : box.right - 12]
    window = ph.WINDOWS.index((ph.CUT, 0, 0, ph.CUT))
    found = compare(thumb(head), thumb(cut), window, 96)
    assert found is not None
    assert found.score > 0.9
    tall = box.bottom - box.top
    assert found.affine[1, 1] == pytest.approx(tall / (tall - 14), rel=0.03)


def test_neighboring_slices_score_low(rng):
    slices = drawn_slices(rng, 12)
    scores = [compare(thumb(a), thumb(b), 0, 96) for a, b in pairwise(slices)]
    assert all(found is None or found.score < 0.1 for found in scores)
    assert max(found.correlation for found in scores if found is not None) > 0.9  # alike at first sight


def test_other_heads_are_not_compared_closely(rng):
    assert all(compare(thumb(drawn_head(rng)), thumb(drawn_head(rng)), 0, 96) is None for _ in range(5))


def test_pictures_without_content_do_not_break(rng):
    flat, noise = np.zeros((96, 96), np.uint8), rng.integers(0, 256, (96, 96)).astype(np.uint8)
    for other in (flat, noise, thumb(drawn_head(rng))):
        found = compare(flat, other, 0, 96)
        assert found is None or found.score < 0.5
