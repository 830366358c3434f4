"""The sources of a dataset: their cards, or the user's statements about them, written as ``sources.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from medcurate.datasets_manifest.cards.card import Card, load
from medcurate.errors import UsageError

NOT_STATED = "NOASSERTION"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Cards and statements, by the name of the source.

    Attributes
    ----------
    stated : mapping of str to mapping
        Tables of the user's file.
    dataset : mapping
        Its table ``[dataset]``: what it says of the dataset as a whole.
    """

    cards: Mapping[str, Card] = field(default_factory=dict)
    stated: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dataset: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, cards: Mapping[str, str], info: Path | None) -> SourceFacts:
        """Look up cards and read the user's file.

        Parameters
        ----------
        cards : mapping of str to str
            Source to the name of its card; wins over a ``card`` in the file.
        info : Path, optional
            TOML with a table ``[sources.NAME]`` a source: ``card``, or ``license``, ``creator``, ``title``, ``url``,
            ``citation`` and others.

        Raises
        ------
        UsageError
            There is no such card, or the file is not what it should be.
        """
        stated, dataset = ({}, {}) if info is None else _read(info)
        named = {name: str(table["card"]) for name, table in stated.items() if "card" in table} | dict(cards)
        return cls({source: load(name) for source, name in named.items()}, stated, dataset)

    def check_known(self, sources: Iterable[str]) -> None:
        """Raise if something is said of a source that the catalogue does not have.

        Raises
        ------
        UsageError
            Naming both.
        """
        known = sorted(set(sources))
        for name in sorted({*self.cards, *self.stated}):
            if name not in known:
                raise UsageError(f"source {name!r} is not in the catalogue: expected one of {', '.join(known)}")

    def license_of(self, source: str) -> str | None:
        """Return the SPDX expression of a source's images; None where nothing is said of the source."""
        said = self.stated.get(source, {}).get("license")
        if said is not None:
            return str(said)
        return self.cards[source].license_of("images") or NOT_STATED if source in self.cards else None

    def label_maps(self) -> dict[str, Mapping[str, str]]:
        """Return the label map of each source that has a card."""
        return {source: card.label_map for source, card in self.cards.items()}

    def to_toml(self, sources: Iterable[str], before: Path | None = None) -> str:
        """Return ``sources.toml``: one table a source, also for those of which nothing is said.

        Parameters
        ----------
        before : Path, optional
            The file as it is, if it is there: what the user has filled in stays where nothing else is said now.

        Raises
        ------
        UsageError
            The file is there and not what it should be.
        """
        filled, dataset = _read(before) if before is not None and before.is_file() else ({}, {})
        blocks = ["# Where the images come from. `medcurate manifest` reads this; you may fill it in.\n"]
        if whole := {**dataset, **self.dataset}:
            blocks.append(_table("dataset", whole))
        for source in sorted(set(sources)):
            table = dict(self.stated.get(source, {}))
            if source in self.cards:
                table = {"card": self.cards[source].name, **{key: v for key, v in table.items() if key != "card"}}
            blocks.append(_table(f"sources.{_key(source)}", table or filled.get(source, {})))
        return "\n".join(blocks)


def _table(name: str, content: Mapping[str, Any]) -> str:
    return f"[{name}]\n" + "".join(f"{_key(key)} = {_value(value)}\n" for key, value in content.items())


def _read(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the tables of the sources and that of the dataset."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error
    tables, dataset = content.get("sources", {}), content.get("dataset", {})
    if not {"sources", "dataset"}.issuperset(content) or not isinstance(tables, dict) or not isinstance(dataset, dict):
        raise UsageError(
            f"{path}: expected tables [sources.NAME], perhaps one [dataset], and nothing else; "
            f"received {', '.join(content)}"
        )
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(f"{path}: expected a table [sources.{name}], received {type(table).__name__}")
    return tables, dataset


def _key(text: str) -> str:
    bare = text and all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in text)
    return text if bare else _value(text)


def _value(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_sign(sign) for sign in value) + '"'
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    raise UsageError(f"sources: expected text, numbers, dates or lists of them, received {type(value).__name__}")


def _sign(sign: str) -> str:
    if sign in '"\\':
        return "\\" + sign
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"
