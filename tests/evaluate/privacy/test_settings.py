"""The settings of the tests for leaks."""

from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.privacy.settings import PrivacySettings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"on_copies": "delete"}, "on_copies: expected one of report, remove, block, received 'delete'"),
        ({"false_alarms": 0.0}, "false_alarms: expected a share between 0 and 0.5, received 0.0"),
        ({"false_alarms": 0.5}, "false_alarms: expected a share"),
        ({"pairs_shown": 0}, "pairs_shown: expected 1 or more, received 0"),
        ({"rounds": 3}, "rounds: expected 20 or more"),
        ({"halvings": 3}, "halvings: expected 20 or more"),
        ({"most_members": 3}, "most_members: expected 40 or more"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong, message):
    with pytest.raises(UsageError, match=message):
        PrivacySettings(**wrong)


def test_nothing_is_removed_or_blocked_unless_asked_for():
    assert PrivacySettings().on_copies == "report"
