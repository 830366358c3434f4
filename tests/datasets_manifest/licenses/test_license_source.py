"""From a card to what the license rules need."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from medcurate.datasets_manifest.cards.card import load, names
from medcurate.datasets_manifest.licenses.license_source import source_of, what_if


def with_licenses(*stated):
    """Give a card with these (components, SPDX, seen, certainty)."""
    card = load("figshare-1512427")
    first = card.licenses[0]
    licenses = tuple(
        replace(first, applies_to=tuple(parts.split()), spdx=spdx, seen=seen, certainty=certainty)
        for parts, spdx, seen, certainty in stated
    )
    return replace(card, licenses=licenses)


@pytest.mark.parametrize("name", names())
def test_every_card_becomes_a_source(name):
    source = source_of(load(name))
    assert source.name == name
    assert source.title
    assert source.creator
    assert source.url.startswith("http")
    assert not source.what_if


def test_components_under_two_licenses_stand_under_both():
    card = with_licenses(("images", "CC-BY-4.0", "page", "high"), ("masks labels", "CC-BY-NC-4.0", "mirror", "low"))
    source = source_of(card)
    assert source.license == "CC-BY-4.0 AND CC-BY-NC-4.0"
    assert (source.seen, source.certainty) == ("mirror", "low")


def test_a_component_that_is_not_used_asks_for_nothing():
    card = with_licenses(("images", "CC-BY-4.0", "page", "high"), ("masks", "CC-BY-NC-4.0", "mirror", "low"))
    source = source_of(card, ("images",))
    assert (source.license, source.seen, source.certainty) == ("CC-BY-4.0", "page", "high")


@pytest.mark.parametrize("unknown", ["NOASSERTION", "NONE"])
def test_one_unknown_component_leaves_all_unknown(unknown):
    card = with_licenses(("images", "CC-BY-4.0", "page", "high"), ("masks", unknown, "mirror", "low"))
    assert source_of(card).license == "NOASSERTION"


def test_a_component_of_which_nothing_is_stated():
    card = with_licenses(("images", "CC-BY-4.0", "page", "high"))
    source = source_of(card, ("masks",))
    assert (source.license, source.seen, source.certainty) == (None, "recalled", "low")


def test_a_choice_is_kept_together():
    card = with_licenses(("images", "MIT OR CC0-1.0", "page", "high"), ("masks", "CC-BY-4.0", "page", "high"))
    assert source_of(card).license == "(MIT OR CC0-1.0) AND CC-BY-4.0"


def test_parents_bring_their_licenses():
    licenses = {parent.name: parent.license for parent in source_of(load("nickparvar")).parents}
    assert licenses == {"figshare-1512427": "CC-BY-4.0", "sartaj": "MIT", "br35h": "NOASSERTION"}
    assert source_of(load("kaggle-3m")).parents[0].license == "CC-BY-3.0"
    assert source_of(load("brats-2018")).parents[0].license is None


def test_the_agreed_end_of_access_is_handed_on():
    card = replace(load("brains-imagebank"), access_expires=dt.date(2027, 1, 1))
    source = source_of(card)
    assert source.access_expires == dt.date(2027, 1, 1)
    assert source.limited_period


def test_a_question_is_no_source():
    assert what_if("CC-BY-4.0").what_if
