from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.steps import Picture
from tests.curate.steps.samples import OBLIQUE


def test_any_real_dtype_becomes_float32_that_nobody_can_write_to():
    given = np.arange(6, dtype=np.int16).reshape(2, 3)
    picture = Picture(pixels=given, mask=given > 3)
    assert picture.pixels.dtype == np.float32
    assert picture.mask.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        picture.mask[0, 0] = 1


def test_the_giver_may_still_write_to_its_own_array():
    given = np.zeros((2, 3), np.float32)
    Picture(pixels=given)
    given[0, 0] = 1


def test_spacing_follows_from_the_affine():
    picture = Picture(pixels=np.zeros((2, 3, 4)), affine=OBLIQUE)
    assert picture.spacing_mm == pytest.approx((1.2, 0.9, 2.5))
    assert picture.replace(affine=np.diag([2, 3, 4, 1])).spacing_mm == (2, 3, 4)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pixels": np.zeros(4)}, "2 or 3 axes"),
        ({"pixels": np.zeros((0, 4))}, "at least one pixel"),
        ({"pixels": np.full((2, 2), np.nan)}, "NaN"),
        ({"pixels": np.full((2, 2), np.inf)}, "infinite"),
        ({"pixels": np.full((2, 2), 1e300)}, "beyond float32"),
        ({"pixels": np.zeros((2, 2)), "mask": np.zeros((2, 3), int)}, "shape \\(2, 2\\)"),
        ({"pixels": np.zeros((2, 2)), "mask": np.zeros((2, 2))}, "integers"),
        ({"pixels": np.zeros((2, 2)), "spacing_mm": (1, 2, 3)}, "2 positive"),
        ({"pixels": np.zeros((2, 2)), "spacing_mm": (1, 0)}, "positive"),
        ({"pixels": np.zeros((2, 2)), "affine": np.eye(3)}, "4 x 4"),
        ({"pixels": np.zeros((2, 2)), "affine": np.diag([1, 0, 1, 1])}, "inverted"),
        ({"pixels": np.zeros((2, 2)), "affine": np.eye(4), "spacing_mm": (1, 2)}, "affine says"),
    ],
)
def test_what_does_not_fit_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Picture(**fields)


@pytest.mark.parametrize(("top", "dtype"), [(255, np.uint8), (65535, np.uint16)])
def test_levels_are_integers_of_the_right_width(top, dtype):
    levels = Picture(pixels=[[0, top], [1, 2]], value_range=(0, top)).levels()
    assert levels.dtype == dtype
    assert levels.tolist() == [[0, top], [1, 2]]


def test_levels_need_a_quantized_picture():
    with pytest.raises(ValueError, match="Quantize"):
        Picture(pixels=[[0.5]], value_range=(0, 1)).levels()
