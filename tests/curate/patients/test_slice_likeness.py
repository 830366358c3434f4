from __future__ import annotations

import cv2
import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.curate.measures.image_digest import IMAGE, VOLUME
from medcurate.curate.patients.slice_likeness import FREQUENCIES, alike, describe_slices, likeness_of
from medcurate.run_folder import write_catalogue


def blurred(rng, sigma, n=96):
    picture = cv2.GaussianBlur(rng.normal(size=(n, n)).astype(np.float32), (0, 0), sigma)
    return (picture - picture.min()) / np.ptp(picture)


def as_thumbnail(picture):
    return (255 * (picture - picture.min()) / np.ptp(picture)).astype(np.uint8)


@pytest.fixture
def heads(rng):
    """Return thumbnails of three heads, four slices each, that all have one outline, but folds of their own."""
    outline = blurred(rng, 25)
    found = []
    for _ in range(3):
        folds = blurred(rng, 5)
        found += [as_thumbnail(outline + 0.5 * folds + 0.15 * blurred(rng, 5)) for _ in range(4)]
    return np.stack(found)


def test_slices_of_one_head_are_more_alike_than_others_of_one_outline(heads):
    vectors = describe_slices(heads)
    assert vectors.shape == (12, FREQUENCIES**2)
    likeness = vectors @ vectors.T
    same = np.kron(np.eye(3), np.ones((4, 4))).astype(bool)
    assert likeness[same].min() > likeness[~same].max() + 0.2
    plain = heads.reshape(12, -1).astype(float)
    assert np.corrcoef(plain)[~same].max() > 0.5, "pixels alone do not tell them apart"


def test_brightness_and_contrast_do_not_count(heads):
    darker = (heads.astype(np.float32) * 0.5 + 20).astype(np.uint8)
    assert (describe_slices(heads) * describe_slices(darker)).sum(axis=1).min() > 0.98


def test_a_blank_image_is_like_nothing():
    blank = np.full((2, 96, 96), 7, np.uint8)
    assert np.abs(describe_slices(blank) @ describe_slices(blank).T).max() < 0.01


def test_only_images_of_one_stack_are_compared_and_each_pair_is_there_once(heads):
    stack = np.array([0, 1] * 6, np.uint64)
    row = np.arange(100, 112)
    found = alike(describe_slices(heads), row, stack)
    assert len(found.row_a) == 2 * (6 * 5 // 2)
    assert ((found.row_a % 2) == (found.row_b % 2)).all()
    assert (found.row_a < found.row_b).all()
    assert found.similarity.min() >= 0
    assert found.similarity.max() <= 1


def test_each_image_keeps_its_most_alike(heads):
    found = alike(describe_slices(heads), np.arange(12), np.zeros(12, np.uint64), candidates=3)
    together = {(a, b) for a, b in zip(found.row_a.tolist(), found.row_b.tolist(), strict=True) if a // 4 == b // 4}
    assert len(together) == 3 * 6


def test_no_images_no_pairs():
    none = alike(describe_slices(np.empty((0, 96, 96), np.uint8)), np.empty(0, np.int64), np.empty(0, np.uint64))
    assert len(none.row_a) == 0


class KnownDigests:
    """Digests of some thumbnails, as `image_digest.Digests` gives them."""

    def __init__(self, heads, kind):
        self.records = np.zeros(len(heads), [("row", "i8"), ("kind", "i2"), ("usable", "?")])
        self.records["row"] = np.arange(len(heads))
        self.records["kind"], self.records["usable"] = kind, True
        self.thumbnails = heads.__getitem__


def test_planes_of_the_catalogue_decide_what_is_compared_and_volumes_are_left_out(heads, tmp_path):
    lines = [{"plane": "axial" if row < 6 else "coronal", "height": 9, "width": 9} for row in range(12)]
    path = tmp_path / "catalogue.parquet"
    write_catalogue(path, [pa.Table.from_pylist(lines, schema=SCHEMA)])
    kind = np.array([IMAGE] * 11 + [VOLUME])
    found = likeness_of(KnownDigests(heads, kind), Catalogue.open(path))
    assert len(found.row_a) == 6 * 5 // 2 + 5 * 4 // 2
    assert ((found.row_a < 6) == (found.row_b < 6)).all()
    assert found.row_b.max() == 10
