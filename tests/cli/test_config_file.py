"""Options from a TOML file: flags win, and a key that does not exist is never passed over."""

from __future__ import annotations

import pytest
import typer

from medcurate.cli import app as cli_app
from medcurate.cli import options


@pytest.fixture
def config(tmp_path):
    def write(text: str):
        file = tmp_path / "curate.toml"
        file.write_text(text)
        return file

    return write


def test_values_come_from_the_file(medcurate, stub, folder, tmp_path, config):
    file = config(
        f"""
        [sort-planes]
        inputs = ["{folder}"]
        out = "{tmp_path / "out"}"
        min-confidence = 0.9
        keep_burned_in = true
        workers = 2
        quiet = true
        [scan]
        timeout = 5
        """
    )
    result = medcurate("sort-planes", "--config", file)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert stub.positional == ([folder], tmp_path / "out")
    assert (stub.given["min_confidence"], stub.given["keep_burned_in"], stub.given["workers"]) == (0.9, True, 2)


def test_flags_win(medcurate, stub, folder, tmp_path, config):
    file = config("[scan]\ntimeout = 5\nworkers = 2\n")
    medcurate("scan", folder, "--workers", 4, "--out", tmp_path / "out", "--config", file)
    assert (stub.given["timeout_s"], stub.given["workers"]) == (5.0, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sort-planes]\nmin-confidense = 0.9", "Did you mean min-confidence?"),
        ("[sort-planes]\nconfig = 'x'", "the key 'config' of [sort-planes] is unknown"),
        ("[sort-plane]\nseed = 1", "Did you mean sort-planes?"),
        ("seed = 1", "expected a table for each command"),
        ("sort-planes = 3", "must be a table"),
        ("[sort-planes", "is not a TOML file"),
        ("[sort-planes]\nworkers = 'many'", "--workers"),
        ("[sort-planes]\nworkers = [1]", "--workers"),
        ("[sort-planes]\nlabels = 3", "--labels"),
        ("[sort-planes]\nseed = true", "--seed"),
    ],
)
def test_wrong_files_are_2_and_say_why(medcurate, stub, folder, tmp_path, config, text, message):
    result = medcurate("sort-planes", folder, "--out", tmp_path / "out", "--config", config(text))
    assert result.code == 2
    assert message in result.err
    assert stub.positional == ()


def test_not_text_is_2(medcurate, folder, tmp_path):
    file = tmp_path / "curate.toml"
    file.write_bytes(b"\xff\xfe")
    result = medcurate("scan", folder, "--out", tmp_path / "out", "--config", file)
    assert result.code == 2
    assert "is not a TOML file" in result.err


def test_an_option_that_repeats_takes_a_list_or_one_value(medcurate, monkeypatch, tmp_path, config):
    given = {}

    def pick(settings: options.Config = None, tumor: list[str] | None = None) -> None:
        given["tumor"] = tumor

    app = typer.Typer()
    app.command("pick")(pick)
    app.command("other")(lambda: None)
    monkeypatch.setattr(cli_app, "app", app)
    assert medcurate("pick", "--config", config("[pick]\ntumor = ['glioma', 'none']\n")).code == 0
    assert given["tumor"] == ["glioma", "none"]
    assert medcurate("pick", "--config", config("[pick]\ntumor = 'glioma'\n")).code == 0
    assert given["tumor"] == ["glioma"]
