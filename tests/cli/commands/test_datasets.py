"""``medcurate datasets``."""

from __future__ import annotations

import json

import pytest

from medcurate.datasets_manifest.cards import card as cards

SUB_COMMANDS = ["list", "show", "check", "verdict", "fetch"]


@pytest.fixture
def mine(tmp_path):
    """Give the path of a card of one's own."""
    text = (cards._folder() / "blsa.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('name = "blsa"', 'name = "mine"'), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", SUB_COMMANDS)
def test_help_has_an_example(medcurate, command):
    result = medcurate("datasets", command, "--help")
    assert result.code == 0
    assert f"medcurate datasets {command}" in result.out.split("Example")[1]


def test_help_lists_the_commands(medcurate):
    result = medcurate("datasets", "--help")
    assert result.code == 0
    for command in SUB_COMMANDS:
        assert f"\n  {command} " in result.out


def test_help_works_anywhere_on_the_line(medcurate):
    assert medcurate("datasets", "show", "x", "--json", "--help").out == medcurate("datasets", "show", "--help").out


def test_help_of_what_is_no_command_is_wrong_usage(medcurate):
    result = medcurate("datasets", "verdit", "--help")
    assert result.code == 2
    assert "verdict" in result.err


def test_list(medcurate):
    result = medcurate("datasets", "list")
    assert result.code == 0
    assert all(name in result.out for name in cards.names())
    listed = json.loads(medcurate("datasets", "list", "--json").out)["datasets"]
    assert [entry["name"] for entry in listed] == list(cards.names())
    assert listed[0].keys() == {"name", "license", "access", "title"}


def test_show(medcurate):
    result = medcurate("datasets", "show", "figshare-1512427")
    assert result.code == 0
    assert "3,064 slices = 708 meningioma + 1,426 glioma + 930 pituitary" in result.out
    told = json.loads(medcurate("datasets", "show", "figshare-1512427", "--json").out)
    assert told["licenses"][0]["spdx"] == "CC-BY-4.0"
    assert told["licenses"][0]["date_seen"] == "2026-11-21"


def test_a_card_of_ones_own(medcurate, mine):
    assert "(mine)" in medcurate("datasets", "show", mine).out
    told = json.loads(medcurate("datasets", "verdict", mine, "spdx:CC0-1.0", "--json").out)
    assert told["outcome"] == "recipe"


@pytest.mark.parametrize(
    ("sources", "outcome", "license_", "code"),
    [
        (("figshare-1512427", "ucsf-pdgm"), "share", "CC-BY-4.0", 0),
        (("spdx:CC0-1.0", "spdx:CC-BY-NC-4.0"), "share", "CC-BY-NC-4.0", 0),
        (("ixi", "kaggle-3m", "--purpose", "collection"), "collection", "CC-BY-NC-SA-4.0 AND CC-BY-SA-3.0", 0),
        (("navoneel", "--purpose", "internal"), "local", None, 0),
        (("ixi", "kaggle-3m"), "collection", "CC-BY-NC-SA-4.0 AND CC-BY-SA-3.0", 5),
        (("figshare-1512427", "navoneel"), "local", None, 5),
        (("figshare-1512427", "oasis"), "recipe", None, 5),
        (("nickparvar", "figshare-1512427"), "review", "CC-BY-4.0", 5),
        (("spdx:CC-BY-ND-4.0", "figshare-1512427"), "block", None, 5),
        (("spdx:",), "error", None, 5),
        (("spdx:cc",), "local", None, 5),
    ],
)
def test_verdict_and_its_exit_code(medcurate, sources, outcome, license_, code):
    result = medcurate("datasets", "verdict", *sources, "--json")
    told = json.loads(result.out)
    assert (told["outcome"], told["license"], result.code) == (outcome, license_, code)
    assert told["trace"]
    assert told["trace"][0].keys() == {"rule", "source", "effect", "text"}


def test_a_verdict_for_people(medcurate):
    result = medcurate("datasets", "verdict", "figshare-1512427", "ucsf-pdgm")
    assert "SHARE: The files may be shared" in result.out
    assert "L11 ucsf-pdgm" in result.out
    assert "Keep with the data" in result.out
    assert "not legal advice" in result.out


def test_an_override_is_recorded(medcurate):
    result = medcurate(
        "datasets", "verdict", "nickparvar", "--allow", "L8:nickparvar:Ada Lovelace:asked the author", "--json"
    )
    assert result.code == 0
    told = json.loads(result.out)
    assert "OVERRIDDEN" in told["flags"]
    assert any("Ada Lovelace decided on" in step["text"] for step in told["trace"] if step["rule"] == "L13")


def test_an_override_needs_a_name_and_a_reason(medcurate):
    result = medcurate("datasets", "verdict", "nickparvar", "--allow", "L8:nickparvar")
    assert result.code == 2
    assert "RULE:SOURCE:NAME:REASON" in result.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("verdict", "fighsare"), 2, "Did you mean figshare-1512427"),
        (("verdict", "celeba"), 5, "never used"),
        (("show", "no/such/card"), 2, "cannot read the card"),
        (("verdict",), 2, "NAME"),
        (("check", "sartaj", "nowhere"), 2, "nowhere"),
    ],
)
def test_wrong_names(medcurate, arguments, code, message):
    result = medcurate("datasets", *arguments)
    assert result.code == code
    assert message in result.err
    assert "Traceback" not in result.err


def test_check(medcurate, tmp_path):
    for name, count in (("yes", 2), ("no", 1)):
        (tmp_path / name).mkdir()
        for number in range(count):
            (tmp_path / name / f"{number}.jpg").write_text("the same")
    result = medcurate("datasets", "check", "navoneel", tmp_path)
    assert result.code == 3
    assert "matches  no" in result.out
    assert "253 images expected, 3 found" in result.out
    assert "2 files are the same as another" in result.out
    told = json.loads(medcurate("datasets", "check", "navoneel", tmp_path, "--json").out)
    assert told["counts"][0]["parts"] == {"yes": [155, 2], "no": [98, 1]}
    assert medcurate("datasets", "check", "navoneel", tmp_path, "--quiet").out == ""


def test_check_of_an_empty_folder(medcurate, tmp_path):
    result = medcurate("datasets", "check", "sartaj", tmp_path)
    assert result.code == 4
    assert "holds no files" in result.err


@pytest.mark.realdata
def test_check_of_sartaj(medcurate, realdata):
    result = medcurate("datasets", "check", "sartaj", realdata / "sartaj")
    assert result.code == 0
    assert "matches  yes" in result.out
    assert "181 files are the same as another" in result.out


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("oasis", 5, "available by agreement only. Ask https://www.oasis-brains.org/"),
        ("blsa", 5, "available by application only"),
        ("brains-imagebank", 5, "the steering committee"),
        ("ucsf-pdgm", 2, "Aspera"),
        ("figshare-1512427", 5, "were not accepted"),
    ],
)
def test_fetch_says_why_nothing_comes(medcurate, tmp_path, monkeypatch, name, code, message):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    result = medcurate("datasets", "fetch", name, "--out", tmp_path / "out")
    assert result.code == code
    assert message in result.err
    assert "License of images" in result.err, "the terms are shown first"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 5)])
def test_fetch_asks_a_person(medcurate, tmp_path, monkeypatch, answer, code):
    import io

    import medcurate.datasets_manifest.downloads.fetching as module

    asked = io.StringIO(answer)
    asked.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", asked)
    monkeypatch.setattr(module, "_files_of", lambda *_: iter(()))
    result = medcurate("datasets", "fetch", "ixi", "--out", tmp_path / "out")
    assert "Do you accept these terms?" in result.err
    assert result.code == code


def test_fetch_with_json_prints_one_object(medcurate, tmp_path, monkeypatch):
    import medcurate.datasets_manifest.downloads.fetching as module

    monkeypatch.setattr(module, "_files_of", lambda *_: iter(()))
    result = medcurate("datasets", "fetch", "ixi", "--out", tmp_path / "out", "--accept-license", "--json")
    assert json.loads(result.out) == {"card": "ixi", "files": [], "already": [], "out": str(tmp_path / "out")}


def test_options_from_a_file(medcurate, tmp_path):
    config = tmp_path / "curate.toml"
    config.write_text(
        '[datasets.verdict]\npurpose = "collection"\nallow = ["L8:nickparvar:Ada:asked"]\n'
        '[datasets.fetch]\nout = "x"\n',
        encoding="utf-8",
    )
    result = medcurate("datasets", "verdict", "ixi", "kaggle-3m", "nickparvar", "--json", "--config", config)
    told = json.loads(result.out)
    assert (told["purpose"], told["outcome"]) == ("collection", "collection")
    assert "OVERRIDDEN" in told["flags"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[datasets.verdit]",
            r"[datasets.verdit] is unknown; expected a table for each command. Did you mean verdict?",
        ),
        ("[datasetz.verdict]", "[datasetz] is unknown"),
        ("[datasets.verdict]\npurpos = 'x'", "the key 'purpos' of [verdict] is unknown"),
        ("datasets = 3", "datasets must be a table"),
        ("[datasets]\nverdict = 3", "verdict must be a table"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(medcurate, tmp_path, text, message):
    config = tmp_path / "curate.toml"
    config.write_text(text, encoding="utf-8")
    result = medcurate("datasets", "verdict", "ixi", "--config", config)
    assert result.code == 2
    assert message in result.err
