"""Flags are counted, and stop a run under the policy that says so."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from medcurate.curate.privacy.flags import check_blocked, flags_of_image, told_flags
from medcurate.errors import PolicyError


def test_a_flagged_row_stops_the_run_and_is_counted():
    check_blocked([None, "DUPLICATE", "filter:plane"])
    with pytest.raises(PolicyError, match=r"2 images that may show text \(BURNED_IN\) and 1 volumes") as error:
        check_blocked(["BURNED_IN", "FACE", None, "BURNED_IN"])
    assert error.value.exit_code == 5


def test_a_user_is_told_of_kept_rows_with_flags():
    assert told_flags(Counter()) == ()
    [note] = told_flags(Counter({"FACE": 3, "COLOR": 9}))
    assert note.startswith("3 volumes")


def test_an_image_without_text_has_no_flag():
    assert flags_of_image(np.zeros((400, 400), np.uint8), (64, 64), []) == []
