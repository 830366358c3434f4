"""``--allow RULE:SOURCE:NAME:REASON``."""

from __future__ import annotations

import datetime as dt

import pytest

from medcurate.datasets_manifest.licenses.overrides import Override
from medcurate.errors import UsageError

DAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L8:nickparvar:Ada:looked: all is well", ("L8", "nickparvar", "Ada", "looked: all is well")),
        ("l1: mine : Ada Lovelace : by mail ", ("L1", "mine", "Ada Lovelace", "by mail")),
        ("L2:spdx:CC-BY-ND-4.0:Ada:by mail", ("L2", "spdx:CC-BY-ND-4.0", "Ada", "by mail")),
    ],
)
def test_its_parts(text, expected):
    override = Override.parse(text, date=DAY)
    assert (override.rule, override.source, override.name, override.reason) == expected
    assert override.date == DAY


@pytest.mark.parametrize(
    "text", ["", "L1", "L1:mine", "L1:mine:Ada", "L1:mine:Ada:", "L1:mine::by mail", "L1::Ada:why"]
)
def test_name_and_reason_are_required(text):
    with pytest.raises(UsageError, match="expected RULE:SOURCE:NAME:REASON"):
        Override.parse(text, date=DAY)


@pytest.mark.parametrize("rule", ["L5", "L6", "L7", "L10", "L11", "L13", "L99"])
def test_facts_and_duties_cannot_be_overridden(rule):
    with pytest.raises(UsageError, match="cannot be overridden"):
        Override.parse(f"{rule}:mine:Ada:why", date=DAY)
