"""The card of a dataset: what is known of it, where that was seen, and how certain it is."""

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
"""In a label map: there is a tumor, and its type is not stated."""
TUMORS = ("glioma", "meningioma", "pituitary", "none", UNSPECIFIED)


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of one dataset.

    Attributes
    ----------
    version : str
        The version that the card speaks of.
    creators : tuple of str
        As a citation gives them.
    url, doi : str
        Empty where not known.
    policies : tuple of str
        ``LicenseRef-...`` of terms that come on top of the license; see `notices`.
    acknowledgement : str
        Words or works that the publisher asks to name, beyond the citation.
    duo : tuple of str
        Codes of the Data Use Ontology, such as ``DUO:0000042``.
    access_expires : date or None
        Day after which the data may not be used any more.
    label_map : mapping of str to str
        Folder name or number of a class, to ``glioma``, ``meningioma``, ``pituitary``, ``none`` or ``unspecified``.
    to_confirm : tuple of str
        What a person must look up on the live page before anything is published.
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
        """Check what no type can say."""
        for label, tumor in self.label_map.items():
            if tumor not in TUMORS:
                raise ValueError(f"label_map.{label}: expected one of {', '.join(TUMORS)}, received {tumor!r}")
        if not self.licenses:
            raise ValueError("licenses: expected at least one table; write spdx = 'NOASSERTION' where none is known")

    def tumor_of(self, label: str | int) -> str | None:
        """Return the tumor type of a folder name or number, None where the card does not tell it.

        Parameters
        ----------
        label : str or int
            Compared without regard to case.
        """
        wanted = str(label).casefold()
        for name, tumor in self.label_map.items():
            if name.casefold() == wanted:
                return None if tumor == UNSPECIFIED else tumor
        return None

    def license_of(self, component: Component) -> str | None:
        """Return the SPDX expression of the images, the masks or the labels; None where the card states none."""
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
        There is no such card; the nearest name is proposed.
    PolicyError
        The dataset must never be taken in.
    """
    refuse(name)
    if name not in names():
        near = nearest(name, names())
        raise UsageError(
            f"there is no card {name!r}; expected one of {', '.join(names())}, spdx:LICENSE, or the path of a card of "
            f"your own. Did you mean {near}?"
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
        A TOML file in the form of the shipped cards.

    Raises
    ------
    UsageError
        It cannot be read, is not TOML, has an unknown or a missing key, a wrong value, or counts that do not add up.
    PolicyError
        It describes a dataset that must never be taken in.
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
