"""Pixels of any dataset are 8-bit squares of one size, in the order of its rows."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.encoders.pixels import pixel_batches, read_pixels
from tests.evaluate.evaluation_samples import plain


@pytest.fixture
def numbered(tmp_path):
    """Write 7 images, each as gray as its number, of two sizes."""
    (tmp_path / "a").mkdir()
    for number in range(7):
        side = 16 if number % 2 else 20
        (tmp_path / f"a/{number}.png").write_bytes(encode_png(np.full((side, side), 10 * number, np.uint8)))
    return Dataset.open(tmp_path)


def test_batches_are_in_order_and_complete(numbered):
    batches = list(pixel_batches(numbered, 8, 3))
    assert [batch.shape for batch in batches] == [(3, 8, 8), (3, 8, 8), (1, 8, 8)]
    assert np.concatenate(batches)[:, 4, 4].tolist() == [0, 10, 20, 30, 40, 50, 60]


def test_rows_are_read_in_their_order_and_may_repeat(numbered):
    assert read_pixels(numbered, 8, [5, 1, 1])[:, 4, 4].tolist() == [50, 10, 10]
    assert read_pixels(numbered, 8).shape == (7, 8, 8)
    assert read_pixels(numbered, 8, []).shape == (0, 8, 8)


def test_a_picture_that_is_no_square_is_centered_on_black(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/wide.png").write_bytes(encode_png(np.full((10, 20), 200, np.uint8)))
    (pixels,) = read_pixels(Dataset.open(tmp_path), 20)
    assert pixels[4].max() == 0
    assert pixels[10].min() == 200


def test_sixteen_bits_keep_their_higher_eight(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/deep.png").write_bytes(encode_png(np.full((8, 8), 0x12FF, np.uint16)))
    pixels = read_pixels(Dataset.open(tmp_path), 8)
    assert pixels.dtype == np.uint8
    assert np.unique(pixels).tolist() == [0x12]


def test_many_images_are_read_in_several_batches(tmp_path):
    dataset = Dataset.open(plain(tmp_path, {"a": 70}, size=8))
    assert np.array_equal(read_pixels(dataset, 8), np.concatenate(list(pixel_batches(dataset, 8, 7))))
