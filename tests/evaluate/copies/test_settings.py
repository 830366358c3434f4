"""Settings out of range are refused."""

from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.copies.settings import CopiesSettings


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"least_likeness": 1.0}, "least_likeness: expected a number between 0 and 1, received 1.0"),
        ({"most_judged": 1}, "most_judged: expected 2 or more, received 1"),
        ({"most_compared": 0}, "most_compared: expected 2 or more"),
        ({"copies_shown": -1}, "copies_shown: expected 2 or more"),
    ],
)
def test_a_value_out_of_range_is_named(given, told):
    with pytest.raises(UsageError, match=told):
        CopiesSettings(**given)
