"""Names and numbers as a page writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medcurate.evaluate.report_page.names import anchor, number, quantity, span
from medcurate.results import Metric


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (1.0, "1"),
        (0, "0"),
        (-0.5, "-0.5"),
        (12.3456, "12.35"),
        (1234.5, "1,234"),
        (1e9, "1,000,000,000"),
        (1.5e-7, "1.5e-07"),
        (math.nan, "not computed"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
    ],
)
def test_numbers_have_four_digits(value, text):
    assert number(value) == text


def test_a_unit_follows():
    assert number(3.14159, "mm") == "3.142 mm"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6))
def test_what_is_written_is_near_the_value(value):
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=1e-3, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "words", "variant"),
    [
        ("fidelity/frechet_distance", "frechet distance", ""),
        ("fidelity/recall[classical, k=5]", "recall", "classical, k=5"),
        ("downstream/accuracy[real+1x][CNN]", "accuracy", "real+1x][CNN"),
        ("anatomy/outside[head_area]", "outside", "head area"),
        ("plain", "plain", ""),
    ],
)
def test_a_name_is_words_and_a_variant(name, words, variant):
    assert quantity(name) == (words, variant)


@given(st.lists(st.text(max_size=20), unique=True, max_size=30))
def test_names_that_differ_have_ids_that_differ(names):
    assert len({anchor(name) for name in names}) == len(names)


def test_an_id_can_be_linked_to():
    assert anchor("a/B[c, d=1]").startswith("x-a-b-c-d-1-")


def test_an_interval_is_written_or_not():
    assert span(Metric("a/b", 1, (0.5, 1.5), 3)) == "0.5 to 1.5"
    assert span(Metric("a/b", 1, None, 3)) == ""
