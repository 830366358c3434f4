"""Every code says what it means and what to do."""

from __future__ import annotations

import pytest

from medcurate.errors import Code
from medcurate.reject_codes import ACTIONS, IGNORED, NOTES, group_of


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_meaning_and_an_action(code):
    advice = ACTIONS[code]
    for sentence in advice:
        assert sentence[0].isupper() or sentence.startswith("medcurate")
        assert sentence.endswith(".")


def test_the_table_names_no_unknown_code():
    assert set(ACTIONS) == set(Code)


def test_meanings_tell_codes_apart():
    meanings = [advice.meaning for advice in ACTIONS.values()]
    assert len(set(meanings)) == len(meanings)


def test_groups():
    assert not IGNORED & NOTES
    assert group_of(Code.EMPTY) == "rejected"
    assert group_of(Code.LITTER) == "ignored"
    assert group_of(Code.GEOM_GAP) == "note"
