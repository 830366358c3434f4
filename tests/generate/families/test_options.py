"""Values of options, from text, JSON and Python."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcurate.generate.families.options import NonNegative, Positive, Range, parse


@given(value=st.integers(-(2**60), 2**60))
def test_whole_numbers_come_back_from_text(value):
    assert parse(int, str(value)) == parse(int, value) == value


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_from_text(value):
    assert parse(float, repr(value)) == parse(float, value) == value


@given(value=st.lists(st.integers(1, 99), min_size=1).map(tuple))
def test_tuples_come_back_from_text_and_json(value):
    kind = tuple[Positive, ...]
    assert parse(kind, ",".join(map(str, value))) == parse(kind, list(value)) == parse(kind, value) == value


def test_a_tuple_of_given_length_has_that_length():
    assert parse(tuple[int, float], "3,-0.5") == (3, -0.5)
    with pytest.raises(ValueError, match="2 values with commas"):
        parse(tuple[int, float], "3")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (int, "1.5", "a whole number"),
        (int, True, "a whole number"),
        (float, "nan", "a number"),
        (NonNegative, "-1", "a number, 0 or more"),
        (bool, "yes", "true or false"),
        (Literal["a", "b"], "c", "a or b"),
        (tuple[int, ...], 3, "values with commas"),
    ],
)
def test_what_does_not_fit_says_what_would(kind, value, expected):
    with pytest.raises(ValueError, match=f"^{expected}"):
        parse(kind, value)


def test_a_range_is_told_in_words():
    assert [str(Range()), str(Range(1)), str(Range(0, 1))] == ["", "1 or more", "0 or more and below 1"]
