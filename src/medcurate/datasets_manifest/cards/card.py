"""The card of a dataset: facts, where each was seen, and how certain it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from medcurate.datasets_manifest.cards.card_file import nearest, read_card
from medcurate.datasets_manifest.cards.card_parts import (
    AccessTerms,
    Citation,
    Component,
    Content,
    Count,
    Download,
    Overlap,
    Parent,
    Problem,
    Restrictions,
    StatedLicense,
)
from medcurate.datasets_manifest.cards.refusals import refuse
from medcurate.errors import UsageError

UNSPECIFIED = "unspecified"
"""Value of a label map: there is a tumor of unstated type."""
TUMORS = ("glioma", "meningioma", "pituitary", "none", UNSPECIFIED)


@dataclass(frozen=True, slots=True)
class Card:
    """Facts about one dataset.

    Attributes
    ----------
    version : str
        The version that the card describes.
    creators : tuple of str
        In the form of a citation.
    url, doi : str
        Empty if unknown.
    policies : tuple of str
        ``LicenseRef-...`` of terms in addition to the license; see `notices`.
    acknowledgement : str
        Acknowledgement that the publisher requires, in addition to the citation.
    duo : tuple of str
        Codes of the Data Use Ontology, such as ``DUO:0000042``.
    access_expires : date or None
        Last day on which the data may be used.
    label_map : mapping of str to str
        Folder name or number of a class to ``glioma``, ``meningioma``, ``pituitary``, ``none`` or ``unspecified``.
    to_confirm : tuple of str
        Facts that a person must check on the live page before publishing.
    """

    name: str
    title: str
    version: str
    publisher: str
    creators: tuple[str, ...]
    access: AccessTerms
    licenses: tuple[StatedLicense, ...]
    restrictions: Restrictions
    citation: Citation
    content: Content
    url: str = ""
    doi: str = ""
    policies: tuple[str, ...] = ()
    acknowledgement: str = ""
    duo: tuple[str, ...] = ()
    access_expires: dt.date | None = None
    ethics: str = ""
    label_map: Mapping[str, str] = field(default_factory=dict)
    expected: tuple[Count, ...] = ()
    known_problems: tuple[Problem, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    parents: tuple[Parent, ...] = ()
    downloads: tuple[Download, ...] = ()
    to_confirm: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check constraints that types cannot express."""
        for label, tumor in self.label_map.items():
            if tumor not in TUMORS:
                raise ValueError(f"label_map.{label}: expected one of {', '.join(TUMORS)}, received {tumor!r}")
        if not self.licenses:
            raise ValueError("licenses: expected at least one table; write spdx = 'NOASSERTION' if none is known")

    def tumor_of(self, label: str | int) -> str | None:
        """Return the tumor type of a folder name or number, None if the card does not define it.

        Parameters
        ----------
        label : str or int
            Case-insensitive.
        """
        wanted = str(label).casefold()
        for name, tumor in self.label_map.items():
            if name.casefold() == wanted:
                return None if tumor == UNSPECIFIED else tumor
        return None

    def license_of(self, component: Component) -> str | None:
        """Return the SPDX expression of the images, the masks or the labels; None if the card states none."""
        stated = [license_.spdx for license_ in self.licenses if component in license_.applies_to]
        return " AND ".join(dict.fromkeys(stated)) or None


def names() -> tuple[str, ...]:
    """Return the names of all cards, sorted."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in _folder().iterdir() if path.name.endswith(".toml")))


def load(name: str) -> Card:
    """Return the card of a known dataset.

    Parameters
    ----------
    name : str
        One of `names`.

    Raises
    ------
    UsageError
        If there is no such card; the message proposes the nearest name.
    PolicyError
        If the dataset must never be used.
    """
    refuse(name)
    if name not in names():
        near = nearest(name, names())
        raise UsageError(
            f"there is no card {name!r}; expected one of {', '.join(names())}, spdx:LICENSE, or the path of your own "
            f"card. Did you mean {near}?"
        )
    return _known(name)


@lru_cache(maxsize=64)
def _known(name: str) -> Card:
    text = (_folder() / f"{name}.toml").read_text(encoding="utf-8")
    return read_card(text, Card, where=f"{name}.toml", name=name)


def load_file(path: Path) -> Card:
    """Return the card of a user's own dataset.

    Parameters
    ----------
    path : Path
        A TOML file in the format of the shipped cards.

    Raises
    ------
    UsageError
        If it cannot be read, is not TOML, has an unknown or missing key, a wrong value, or inconsistent counts.
    PolicyError
        If it describes a dataset that must never be used.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"cannot read the card {path}: {reason}. Expected a TOML file") from error
    card = read_card(text, Card, where=str(path))
    refuse(card.name)
    return card


def _folder() -> Path:
    return Path(str(files("medcurate.datasets_manifest") / "cards"))
