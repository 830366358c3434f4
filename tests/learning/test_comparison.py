"""When one set of images is surely better, or worse, than another."""

from __future__ import annotations

import pytest

from medcurate.learning.comparison import Comparison


@pytest.mark.parametrize(
    ("interval", "better", "sure"),
    [
        ((-0.3, -0.1), "lower", True),
        ((-0.3, 0.1), "lower", False),
        ((0.1, 0.3), "lower", False),
        ((0.1, 0.3), "higher", True),
        ((-0.1, 0.3), "higher", False),
        (None, "lower", False),
    ],
)
def test_better_needs_an_interval_without_zero(interval, better, sure):
    assert Comparison("a", 1.0, 1.2, interval, better).surely_better is sure


def test_worse_needs_no_interval():
    assert Comparison("a", 1.1, 1.0, None, "lower").worse
    assert Comparison("a", 0.9, 1.0, None, "higher").worse
    assert not Comparison("a", 1.0, 1.0, None, "higher").worse
