"""The strict reader: whatever does not fit is named, with what was expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest

from medcurate.datasets_manifest.cards.card_file import read_card
from medcurate.errors import UsageError


@dataclass(frozen=True)
class Part:
    size: int
    sure: bool = False

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("size is negative")


@dataclass(frozen=True)
class Thing:
    name: str
    kind: Literal["small", "large"]
    parts: tuple[Part, ...] = ()
    words: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)
    day: dt.date | None = None


def read(text: str, **given) -> Thing:
    return read_card(text, Thing, where="thing.toml", **given)


def test_all_types():
    thing = read(
        'name = " a "\nkind = "large"\nwords = ["x"]\nnumbers = { a = 1 }\nday = 2026-11-21\n'
        "[[parts]]\nsize = 2\nsure = true"
    )
    assert thing == Thing("a", "large", (Part(2, True),), ("x",), {"a": 1}, dt.date(2026, 11, 21))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "is not a TOML file"),
        ('name = "a"\nkind = "large"\nword = []', "the key 'word' is unknown. Did you mean 'words'"),
        ('kind = "large"', "expected the key 'name'; it is missing"),
        ('name = 3\nkind = "large"', "name: expected text, received 3"),
        ('name = "a"\nkind = "huge"', "kind: expected one of small, large, received 'huge'"),
        ('name = "a"\nkind = "large"\nwords = "x"', "words: expected a list, received 'x'"),
        ('name = "a"\nkind = "large"\nwords = [1]', r"words\[0\]: expected text, received 1"),
        ('name = "a"\nkind = "large"\nnumbers = { a = true }', "numbers.a: expected a whole number, received True"),
        ('name = "a"\nkind = "large"\nnumbers = []', "numbers: expected a table"),
        ('name = "a"\nkind = "large"\nday = "today"', "day: expected a date"),
        ('name = "a"\nkind = "large"\nday = 2026-11-21T00:00:00', "day: expected a date"),
        ('name = "a"\nkind = "large"\nparts = [1]', r"parts\[0\]: expected a table, received 1"),
        ('name = "a"\nkind = "large"\n[[parts]]\nsize = 1\nsuer = true', r"parts\[0\]: the key 'suer' is unknown"),
        ('name = "a"\nkind = "large"\n[[parts]]\nsize = -1', r"parts\[0\]: size is negative"),
        ('name = "a"\nkind = "large"\n[[parts]]\nsize = 1\nsure = 1', "sure: expected true or false"),
    ],
)
def test_what_does_not_fit_is_named(text, message):
    with pytest.raises(UsageError, match=f"thing.toml.*{message}"):
        read(text)


def test_the_name_is_that_of_the_file():
    with pytest.raises(UsageError, match="expected name = 'b', received 'a'"):
        read('name = "a"\nkind = "large"', name="b")
