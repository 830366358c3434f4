"""What is said about images of other shapes is what reading does to them."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.dataset.shape_words import image_shapes, shape_sentence
from medcurate.pictures import fit


def test_shapes_are_counted_from_files(tmp_path):
    (tmp_path / "a").mkdir()
    for number, shape in enumerate([(8, 9), (8, 9), (5, 5)]):
        (tmp_path / "a" / f"{number}.png").write_bytes(encode_png(np.ones(shape, np.uint8)))
    assert image_shapes(Dataset.open(tmp_path)) == {(8, 9): 2, (5, 5): 1}


def test_larger_images_of_one_aspect_ratio_need_no_word():
    assert shape_sentence({(64, 64): 3, (128, 128): 2, (512, 512): 1}, (64, 64)) is None
    assert shape_sentence({}, (64, 64)) is None


def test_other_shapes_are_padded_and_small_ones_enlarged():
    assert shape_sentence({(64, 64): 3, (512, 400): 2, (300, 512): 1, (32, 32): 4}, (64, 64)) == (
        "3 of 10 images have another aspect ratio than 64 x 64 (most often 512 x 400): "
        "they are scaled to fit and padded with black; nothing is cropped or stretched; "
        "4 of 10 images are smaller than 64 x 64 (most often 32 x 32): they are enlarged, which adds no detail"
    )


@pytest.mark.parametrize("shape", [(64, 64), (65, 64), (129, 128), (40, 64), (200, 100), (512, 511)])
def test_padded_is_said_where_black_appears(shape):
    black = (fit(np.full(shape, 200, np.uint8), 64, pad=True) == 0).any()
    assert ("padded" in (shape_sentence({shape: 1}, (64, 64)) or "")) == black
