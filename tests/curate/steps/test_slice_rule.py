"""Rules of slices, read from text."""

from __future__ import annotations

import pytest

from medcurate.curate.steps import SliceRule
from medcurate.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", SliceRule()),
        ("every:3", SliceRule(every=3)),
        ("tumor + middle:20", SliceRule(only_tumor=True, middle=20)),
    ],
)
def test_a_rule_is_read_from_text(text, expected):
    assert SliceRule.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "some", "every", "every:0", "every:-1", "every:x", "middle:0", "tumor:3", "all:1"]
)
def test_a_rule_that_means_nothing_is_refused(text):
    with pytest.raises(UsageError, match="slices: expected"):
        SliceRule.parse(text)


@pytest.mark.parametrize("fields", [{"every": 0}, {"middle": 0}, {"min_foreground": 1.5}])
def test_settings_that_mean_nothing_are_refused(fields):
    with pytest.raises(UsageError, match="received"):
        SliceRule(**fields)
