"""Sources: cards and statements are read, checked and written as TOML that says the same."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.homogenizing.sources import SourceFacts
from medcurate.errors import UsageError

values = st.one_of(
    st.text(max_size=20).filter(lambda text: text.encode("utf-8", "ignore").decode() == text),
    st.integers(-(2**40), 2**40), st.booleans(), st.dates(), st.lists(st.text("ab\"\\\n\x7fé", max_size=4), max_size=3),
)  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(
    st.dictionaries(st.text('aß-_ ."', min_size=1, max_size=6), st.dictionaries(st.text("ab c", max_size=4), values))
)
def test_what_is_written_reads_as_what_was_said(stated):
    facts = SourceFacts(stated=stated)
    assert tomllib.loads(facts.to_toml(stated)) == ({"sources": stated} if stated else {})


def test_cards_win_and_bring_license_and_labels(tmp_path):
    info = tmp_path / "info.toml"
    info.write_text('[sources.a]\ncard = "ixi"\nretrieved_at = 2026-01-02\n[sources.b]\nlicense = "CC0-1.0"\n')
    facts = SourceFacts.read({"a": "figshare-1512427"}, info)
    assert facts.license_of("a") == "CC-BY-4.0"
    assert facts.license_of("b") == "CC0-1.0"
    assert facts.license_of("c") is None
    assert set(facts.label_maps()) == {"a"}
    facts.check_known(["a", "b", "c"])
    written = tomllib.loads(facts.to_toml(["a", "b", "c"]))["sources"]
    assert written == {
        "a": {"card": "figshare-1512427", "retrieved_at": date(2026, 1, 2)}, "b": {"license": "CC0-1.0"}, "c": {}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("sources = 3", "expected tables"),
        ("[other]", r"expected tables \[sources.NAME\]"),
        ("[sources]\na = 1", r"expected a table \[sources.a\]"),
        ("not toml", "is not a TOML file"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, content, told):
    info = tmp_path / "info.toml"
    info.write_text(content)
    with pytest.raises(UsageError, match=told):
        SourceFacts.read({}, info)


def test_an_unknown_card_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean sartaj"):
        SourceFacts.read({"a": "sartaji"}, None)


def test_what_the_user_filled_in_stays(tmp_path):
    file = tmp_path / "sources.toml"
    file.write_text('[dataset]\ntitle = "Mine"\n[sources.a]\nlicense = "CC0-1.0"\n[sources.b]\ncreator = "Somebody"\n')
    again = tomllib.loads(SourceFacts(stated={"b": {"license": "MIT"}}).to_toml(["a", "b"], before=file))
    assert again == {
        "dataset": {"title": "Mine"}, "sources": {"a": {"license": "CC0-1.0"}, "b": {"license": "MIT"}}
    }  # fmt: skip
    assert tomllib.loads(SourceFacts().to_toml(["a"], before=tmp_path / "not there.toml")) == {"sources": {"a": {}}}
