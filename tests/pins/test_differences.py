"""What counts as a difference between stored and found values."""

from __future__ import annotations

import pytest

from tests.pins.differences import differences


@pytest.mark.parametrize(
    ("expected", "found", "count"),
    [
        ({"a": 1, "b": "x"}, {"a": 1, "b": "x", "new": 2}, 0),
        ({"a": 1}, {}, 1),
        ({"a": 1}, {"a": 2}, 1),
        ({"a": 1.0}, {"a": 1.05}, 0),
        ({"a": 1.0}, {"a": 1.2}, 1),
        ({"a": [1.0, 2]}, {"a": [1.0]}, 1),
        ({"a": [1.0, 2]}, {"a": [1.2, 3]}, 2),
        ([None, True], [None, True], 0),
        ([None, True], [0.0, 1], 2),
        (float("nan"), 1.0, 1),
        ("1", 1, 1),
    ],
)
def test_numbers_may_differ_and_nothing_else(expected, found, count):
    assert len(differences(expected, found, relative=0.1, absolute=0.0)) == count
