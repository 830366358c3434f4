"""The table of parts: each has a home, a flag and settings."""

from __future__ import annotations

import inspect

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.parts import ALIASES, ALWAYS, FLAGS, PARTS, check_options, chosen
from tests.evaluate.evaluation_samples import made_parts


def test_every_part_has_a_flag_of_its_name_and_those_of_the_contract_are_kept():
    assert {part.name for part in PARTS} <= set(FLAGS)
    assert {"downstream", "umap", "dice", "fidelity", "paired", "privacy"} <= set(FLAGS)


def test_aliases_name_parts_and_a_part_of_their_own_name_is_among_them():
    names = {part.name for part in PARTS}
    for alias, parts in ALIASES.items():
        assert set(parts) <= names
        assert alias in parts or alias not in names


def test_title_and_folder_are_the_name():
    assert [part.title for part in chosen(["two_sample", "dice"])] == ["Copies", "Two-sample", "Dice"]
    for part in PARTS:
        assert part.title.lower().replace("-", "_") == part.name
        assert part.measure().__module__ == f"medcurate.evaluate.{part.name}.part"


@pytest.mark.parametrize("kind", PARTS, ids=lambda kind: kind.name)
def test_every_part_is_where_the_table_says_and_takes_what_it_is_given(kind):
    signature = inspect.signature(kind.measure())
    assert list(signature.parameters) == ["sides", "settings", "progress"]
    assert signature.parameters["progress"].kind is inspect.Parameter.KEYWORD_ONLY
    assert kind.settings() == signature.parameters["settings"].default


def test_copies_come_first_as_they_decide_whether_another_verdict_can_be_good():
    assert PARTS[0].name == "copies"
    assert {part.name for part in PARTS} > ALWAYS


def test_a_list_of_pairs_is_a_setting_that_no_part_mistakes_for_another(tmp_path):
    given = {kind.name for kind in PARTS if getattr(kind.settings(pairs=tmp_path), "pairs", None) == tmp_path}
    assert given == {"copies", "paired"}


def test_privacy_comes_last_as_it_may_remove_images():
    assert PARTS[-1].name == "privacy"


def test_parts_are_chosen_by_name_or_flag():
    assert chosen() == chosen(None) == PARTS
    assert [kind.name for kind in chosen(["umap", "dice"])] == ["copies", "overlap", "dice"]
    assert [kind.name for kind in chosen(["downstream"])] == ["copies", "two_sample", "downstream"]
    assert [kind.name for kind in chosen(["paired"])] == ["copies", "anatomy", "paired"]
    assert [kind.name for kind in chosen(["anatomy"])] == ["copies", "anatomy"]
    assert [kind.name for kind in chosen(["copies"])] == ["copies"]


def test_a_misspelled_part_names_the_right_one():
    with pytest.raises(UsageError, match=r"'fidelty' is none of .*Did you mean fidelity\?"):
        chosen(["fidelty"])
    with pytest.raises(UsageError, match="expected one or more of"):
        chosen([])


def test_options_reach_the_parts_that_have_them(monkeypatch):
    made_parts(monkeypatch)
    assert chosen(["fidelity"])[0].settings(k=9, other=1).k == 9
    check_options(PARTS, ["k", "encoder"])
    with pytest.raises(UsageError, match=r"the option 'encodr' belongs to none of the parts.* Did you mean encoder\?"):
        check_options(PARTS, ["encodr"])
