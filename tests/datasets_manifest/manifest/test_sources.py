"""Of what a card and the user say, the stricter counts."""

from __future__ import annotations

import pytest

from medcurate.datasets_manifest.licenses.statements import SourcesFile, Statement
from medcurate.datasets_manifest.manifest.sources import _stricter, origin, same_license
from medcurate.errors import PolicyError, UsageError

ALL = ("images", "masks", "labels")


def gather(folder, **said):
    return origin("x", SourcesFile({"x": Statement(**said)}), folder, synthetic=False, parts=ALL)


@pytest.mark.parametrize(
    ("card", "said", "result"),
    [("no", "yes", "no"), ("yes", "no", "no"), ("unknown", "yes", "yes"), (None, "yes", "yes"), ("yes", None, "yes"),
     ("yes", "unknown", "yes"), ("unknown", None, "unknown"), (None, None, None)],
)  # fmt: skip
def test_a_no_wins(card, said, result):
    assert _stricter(card, said) == result


def test_a_card_of_ones_own(tmp_path):
    from medcurate.datasets_manifest.cards import card as cards

    text = (cards._folder() / "ixi.toml").read_text(encoding="utf-8").replace('name = "ixi"', 'name = "own"')
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    assert gather(tmp_path, card="own.toml").source.license == "CC-BY-SA-3.0"
    assert gather(tmp_path, card=str(tmp_path / "own.toml")).card.name == "own"


def test_a_person_adds_to_a_card(tmp_path):
    import datetime as dt

    day = dt.date(2027, 1, 1)
    one = gather(tmp_path, card="figshare-1512427", access_expires=day, policies=("LicenseRef-x",), parents=("ixi",))
    assert one.source.access_expires == day
    assert one.source.policies == ("LicenseRef-x",)
    assert [(parent.name, parent.license) for parent in one.source.parents] == [("ixi", "CC-BY-SA-3.0")]
    assert one.creators == ("Cheng, Jun",)


def test_creators_are_told_apart(tmp_path):
    assert gather(tmp_path, creator="Lovelace, Ada; A Hospital;").creators == ("Lovelace, Ada", "A Hospital")


@pytest.mark.parametrize(("card", "error"), [("celeba", PolicyError), ("nothing", UsageError), ("no.toml", UsageError)])
def test_cards_that_cannot_be(tmp_path, card, error):
    with pytest.raises(error):
        gather(tmp_path, card=card)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [("MIT", "MIT", True), ("MIT AND CC-BY-4.0", "CC-BY-4.0 AND MIT", True), ("MIT", "CC0-1.0", False),
     (None, "NOASSERTION", True), ("cc", None, True), ("MIT", None, False)],
)  # fmt: skip
def test_what_means_the_same(first, second, same):
    assert same_license(first, second) is same
