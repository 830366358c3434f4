"""Floats and gray values."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.quantization import decoded, quantize


@pytest.mark.parametrize(
    ("value", "gray"), [(-1, 0), (1, 255), (0.0, 128), (-2, 0), (2, 255), (1 / 127.5, 128), (np.nan, 128)]
)
def test_minus_one_to_one_is_black_to_white(value, gray):
    found = quantize(np.full((3, 2, 2, 1), value, np.float32))
    assert found.dtype == np.uint8
    assert np.unique(found).tolist() == [gray]


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_every_gray_value_comes_back(bits, dtype):
    values = np.arange(2**bits, dtype=dtype)
    found = decoded({"image": values})["image"]
    assert (found.min(), found.max(), found.dtype) == (-1, 1, np.float32)
    np.testing.assert_array_equal(quantize(found, bits), values)


def test_what_is_no_image_is_left_alone():
    columns = {"labels": np.eye(2, dtype=np.float32), "number": np.array([3, -4])}
    found = decoded(columns)
    assert all(found[name] is column for name, column in columns.items())


def test_other_depths_are_refused():
    with pytest.raises(UsageError, match="bits: expected 8 or 16, received 12"):
        quantize(np.zeros((1, 2, 2, 1), np.float32), 12)
