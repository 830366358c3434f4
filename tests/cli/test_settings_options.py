"""Options of a command come from the settings that they fill: names, defaults, choices, bounds and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
from typer.testing import CliRunner

from medcurate.cli.settings_options import options_from_settings
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from medcurate.generate.synthetic.settings import GenerateSettings
from medcurate.generate.training.settings import TrainSettings
from medcurate.settings import Described, Setting, describe


@dataclass(frozen=True, kw_only=True)
class Inner:
    """Settings within settings.

    Attributes
    ----------
    names : tuple of str
        Keep this name.
    """

    names: Annotated[tuple[str, ...], Setting("NAME", option="--name")] = ()


@dataclass(frozen=True, kw_only=True)
class Outer:
    """Settings of a command.

    Attributes
    ----------
    inner : Inner
        Not an option.
    count : int
        How many.
    depth : {8, 16}
        Bits per pixel.
    size_px : int or None
        Width.
    fast : bool
        Hurry.
    careful : bool
        Check all.
    parts : mapping
        Shares.
    file : Path or None
        A table.
    width : int
        Columns.
    inside : str
        Only from Python.
    """

    inner: Inner = field(default_factory=Inner)
    count: Annotated[int, Setting("N", 1)]
    depth: Literal[8, 16] = 8
    size_px: Annotated[int | None, Setting("PX", 0, 100, option="--size", unset="as it is")] = None
    fast: bool = False
    careful: bool = True
    parts: Annotated[Mapping[str, str], Setting(parse=lambda text: dict([text.split("=")]))] = field(
        default_factory=lambda: {"a": "1"}
    )
    file: Annotated[Path | None, Setting("FILE")] = None
    width: Annotated[int, Setting(choices={1: "narrow", 2: "wide"})] = 1
    inside: Annotated[str, Setting(python_only=True)] = "as it is"


@pytest.fixture
def call():
    """Run a command with these settings; gives the result and what the command received."""
    received = []
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    @options_from_settings
    def work(place: str, settings: Outer, loud: Annotated[bool, typer.Option("--loud")] = False) -> None:
        received.append((place, settings, loud))

    def run(*arguments: str):
        result = CliRunner().invoke(app, arguments)
        return result, received[-1] if received else None

    return run


def test_what_is_not_given_has_the_default_of_the_settings(call):
    assert call("here", "--count", "3")[1] == ("here", Outer(count=3), False)


def test_what_is_given_has_the_type_of_the_settings(call, tmp_path):
    file = tmp_path / "a.csv"
    file.touch()
    numbers = ("--count", "3", "--depth", "16", "--size", "7")
    given = (*numbers, "--fast", "--no-careful", "--parts", "b=2", "--file", str(file), "--width", "2")
    _, received = call("here", *given, "--name", "x", "--name", "y", "--loud")
    expected = Outer(
        count=3,
        depth=16,
        size_px=7,
        fast=True,
        careful=False,
        parts={"b": "2"},
        file=file,
        width=2,
        inner=Inner(names=("x", "y")),
    )
    assert received == ("here", expected, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--count"),
        (("--count", "0"), "--count"),
        (("--count", "1", "--depth", "12"), "--depth"),
        (("--count", "1", "--size", "101"), "--size"),
        (("--count", "1", "--file", "nowhere.csv"), "--file"),
        (("--count", "1", "--no-fast"), "--no-fast"),
        (("--count", "1", "--width", "3"), "--width"),
        (("--count", "1", "--inside", "x"), "--inside"),
    ],
)
def test_what_is_not_allowed_is_wrong_usage_that_names_the_option(call, arguments, message):
    result, received = call("here", *arguments)
    assert (result.exit_code, received) == (2, None)
    assert message in result.output


def test_help_says_all_that_the_settings_say(call):
    text = " ".join(call("--help")[0].output.split())
    for part in (
        "--count N How many.",
        "--depth <8|16> Bits per pixel. [default: 8]",
        "--size PX Width. [default: (as it is); 0<=x<=100]",
        "--fast Hurry.",
        "--careful / --no-careful Check all. [default: careful]",
        "--name NAME Keep this name. Repeatable.",
        "--file FILE A table.",
        "--width <1|2> Columns. [default: 1]",
    ):
        assert part in text
    assert "--inside" not in text


def fields_of(kind: type) -> list[Described]:
    found = []
    for item in describe(kind):
        found += fields_of(item.kind) if hasattr(item.kind, "__dataclass_fields__") else [item]
    return found


@pytest.mark.parametrize("settings", [HomogenizeSettings, TrainSettings, GenerateSettings])
def test_every_setting_of_a_command_has_one_plain_sentence(settings):
    for item in fields_of(settings):
        assert item.text.endswith("."), item.name
        assert ". " not in item.text.rstrip("."), item.name
