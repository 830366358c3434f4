"""What arrays a file may hold."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.plain_arrays import TYPES, checked, is_name, is_plain


@pytest.mark.parametrize("name", sorted(TYPES))
def test_numbers_are_plain_in_either_byte_order(name):
    assert is_plain(np.dtype(name))
    assert is_plain(np.dtype(name).newbyteorder(">"))


@pytest.mark.parametrize("kind", ["O", "U3", "S3", "V2", "c8", "M8[s]", [("a", "f4")], ("f4", (2,))])
def test_anything_else_is_not(kind):
    assert not is_plain(np.dtype(kind))


def test_bfloat16_is_refused_with_what_to_do():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    with pytest.raises(UsageError, match=r"'g/kernel': expected .* received bfloat16\. Convert it first: float32"):
        checked({"g/kernel": np.zeros(2, ml_dtypes.bfloat16)})


def test_what_is_no_array_is_refused():
    with pytest.raises(UsageError, match="received float"):
        checked({"rate": 0.5})


@pytest.mark.parametrize("name", ["a", "g/conv_1/kernel", "adam:0/m+v", "0/1.2-3"])
def test_names(name):
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a b", "ä", "a\n", "a\0", "x" * 241, 3]
)
def test_names_that_lead_elsewhere_or_nowhere(name):
    assert not is_name(name)
    with pytest.raises(UsageError, match="expected a name of letters"):
        checked({name: np.zeros(1)})


def test_arrays_come_sorted_and_little_endian():
    given = {"b": np.arange(3, dtype=">i4"), "a": np.ones(2, np.float32)}
    found = checked(given)
    assert list(found) == ["a", "b"]
    assert found["b"].dtype.str == "<i4"
    assert found["b"].tolist() == [0, 1, 2]
    assert np.shares_memory(found["a"], given["a"])
