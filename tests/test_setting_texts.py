"""Lists, shares of splits and cards of sources, read from text."""

from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.setting_texts import read_cards, read_list, read_pair, read_shares, read_split


def test_the_name_of_a_source_may_hold_an_equals_sign():
    assert read_cards(["a=sartaj", "b=c=ixi"]) == {"a": "sartaj", "b=c": "ixi"}


def test_shares_are_numbers():
    assert read_shares("train=.8, test=0.2") == {"train": 0.8, "test": 0.2}


@pytest.mark.parametrize("text", ["", "train", "train=", "=0.5", "train=many", "train=0.5,train=0.5"])
def test_texts_that_are_no_shares_are_refused(text):
    with pytest.raises(UsageError, match=r"^--split: "):
        read_shares(text)


@pytest.mark.parametrize(
    ("text", "names"), [("a, b", ("a", "b")), ("a", ("a",)), ("a,,b", ("a", "", "b")), (" ", ()), ("none", ())]
)
def test_a_list_has_commas_and_may_be_none(text, names):
    assert read_list(text) == names


def test_all_is_no_split():
    assert (read_split("all"), read_split("val")) == (None, "val")


def test_either_the_name_or_the_value_may_hold_an_equals_sign():
    assert read_pair("a=b=c", "--card", "") == ("a=b", "c")
    assert read_pair("a=b=c", "--set", "", cut=str.partition) == ("a", "b=c")


def test_a_card_needs_a_source():
    with pytest.raises(UsageError, match=r"--card: expected SOURCE=NAME .*, received 'ixi'"):
        read_cards(["ixi"])
