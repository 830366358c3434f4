"""``medcurate manifest``."""

from __future__ import annotations

import json

import pytest

from tests.datasets_manifest.made_dataset import CHENG, TWO, make, row, two_sources


def test_help_has_an_example(medcurate):
    result = medcurate("manifest", "--help")
    assert result.code == 0
    assert "medcurate manifest dataset --card" in result.out.split("Examples")[1]


def test_what_may_be_shared(medcurate, tmp_path):
    result = medcurate("manifest", make(tmp_path, two_sources(), TWO))
    assert result.code == 0
    assert result.out.index("SHARE: ") < result.out.index("Why") < result.out.index("Missing")
    assert "license  CC-BY-NC-SA-4.0" in result.out
    assert str(tmp_path / "croissant.json") in result.out
    assert "share the folder without .medcurate" in result.out
    assert "not legal advice" in result.out


@pytest.mark.parametrize(
    ("card", "outcome", "next_step"),
    [
        ("navoneel", "local", "find out the license"),
        ("oasis", "recipe", "share no files"),
        ("nickparvar", "review", "--allow RULE:SOURCE:NAME:REASON"),
    ],
)
def test_what_may_not_be_shared_ends_with_5_and_is_written_all_the_same(medcurate, tmp_path, card, outcome, next_step):
    make(tmp_path, [row("x", 1)])
    result = medcurate("manifest", tmp_path, "--card", f"x={card}")
    assert result.code == 5
    assert f"{outcome.upper()}: " in result.out
    assert next_step in result.out
    assert json.loads((tmp_path / "verdict.json").read_text())["outcome"] == outcome


def test_json(medcurate, tmp_path):
    result = medcurate("manifest", make(tmp_path, two_sources(), TWO), "--json")
    told = json.loads(result.out)
    assert told.keys() >= {"outcome", "license", "trace", "sources", "missing", "files", "out"}
    assert (told["outcome"], told["license"]) == ("share", "CC-BY-NC-SA-4.0")
    assert "verdict.json" in told["files"]


def test_quiet(medcurate, tmp_path):
    assert medcurate("manifest", make(tmp_path, two_sources(), TWO), "--quiet").out == ""


def test_a_decision(medcurate, tmp_path):
    make(tmp_path, [row("x", 1)], '[sources.x]\ncard = "nickparvar"\n')
    result = medcurate("manifest", tmp_path, "--allow", "L8:x:Ada Lovelace:asked the author")
    assert result.code == 0
    assert "Ada Lovelace decided on" in result.out


def test_a_collection(medcurate, tmp_path):
    table = '[sources.a]\ncard = "ixi"\n[sources.b]\ncard = "kaggle-3m"\n'
    make(tmp_path, [row("a", 1), row("b", 1)], table)
    result = medcurate("manifest", tmp_path)
    assert (result.code, "add --purpose collection" in result.out) == (5, True)
    assert medcurate("manifest", tmp_path, "--purpose", "collection").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--card", "figshare-1512427"), "expected SOURCE=NAME"),
        (("--card", "cheng=fighsare"), "Did you mean figshare-1512427"),
        (("--allow", "L8:x"), "RULE:SOURCE:NAME:REASON"),
        (("--source-info", "nowhere.toml"), "nowhere.toml"),
        (("--purpose", "sale"), "sale"),
    ],
)
def test_wrong_usage(medcurate, tmp_path, arguments, message):
    result = medcurate("manifest", make(tmp_path, [row("cheng", 1)], CHENG), *arguments)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err


def test_a_plain_folder(medcurate, tmp_path):
    result = medcurate("manifest", tmp_path)
    assert result.code == 2
    assert "medcurate homogenize" in result.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sources.cheng]\nlicence = 'MIT'", "the key 'licence' is unknown. Did you mean 'license'"),
        ("[source.cheng]", "the key 'source' is unknown. Did you mean 'sources'"),
        ("[sources.cheng]\nlicense = 3", "expected text"),
        ("x", "is not a TOML file"),
    ],
)
def test_what_is_wrong_in_sources_toml_is_named(medcurate, tmp_path, text, message):
    result = medcurate("manifest", make(tmp_path, [row("cheng", 1)], text))
    assert result.code == 2
    assert message in result.err
    assert "sources.toml" in result.err
