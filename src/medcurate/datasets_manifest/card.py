"""The card of a dataset: what is known of it, where that was seen, and how certain it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from medcurate.datasets_manifest.card_file import nearest, read_card
from medcurate.datasets_manifest.refusals import refuse
from medcurate.errors import UsageError

Answer = Literal["yes", "no", "unknown"]
Certainty = Literal["high", "medium", "low"]
Evidence = Literal["seen", "tested", "recalled"]
"""``seen`` in the source that is named, ``tested`` on the data itself, ``recalled`` and not checked."""
Seen = Literal["page", "readme", "mirror", "recalled"]
Access = Literal["open", "registration", "agreement", "application"]
Component = Literal["images", "masks", "labels"]
UNSPECIFIED = "unspecified"
"""In a label map: there is a tumor, and its type is not stated."""
TUMORS = ("glioma", "meningioma", "pituitary", "none", UNSPECIFIED)


@dataclass(frozen=True, slots=True)
class AccessTerms:
    """How the data are obtained.

    Attributes
    ----------
    kind : {'open', 'registration', 'agreement', 'application'}
    ask : str
        Whom to ask, or where to begin; empty where nobody need be asked.
    limited_period : bool
        Access ends at an agreed date, which then belongs into `Card.access_expires`.
    text : str
        What else must be known: fees, committees, logins.
    """

    kind: Access
    ask: str = ""
    limited_period: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class StatedLicense:
    """One license as it was stated, and where.

    Attributes
    ----------
    applies_to : tuple of {'images', 'masks', 'labels'}
    spdx : str
        SPDX expression; ``LicenseRef-...`` for terms that SPDX does not list, ``NOASSERTION`` where nothing is known.
    verbatim : str
        The words in which it was stated; empty where the words were not seen.
    seen : {'page', 'readme', 'mirror', 'recalled'}
        ``page``: a page of the publisher; ``readme``: a file of somebody who works with the data; ``mirror``: a copy
        elsewhere; ``recalled``: not seen at all.
    certainty : {'high', 'medium', 'low'}
    source : str
        What was read, in words.
    url : str
        Empty where the address is not known.
    date_seen : date or None
    note : str
    """

    applies_to: tuple[Component, ...]
    spdx: str
    seen: Seen
    certainty: Certainty
    verbatim: str = ""
    source: str = ""
    url: str = ""
    date_seen: dt.date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether one use is allowed, and why one believes so."""

    answer: Answer
    reason: str


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What may be done with the files, apart from what the license's own text says."""

    redistribute_ok: Permission
    derivatives_ok: Permission
    commercial_ok: Permission
    model_release_ok: Permission


@dataclass(frozen=True, slots=True)
class Citation:
    """How the publisher or the field cites the dataset."""

    text: str
    evidence: Evidence
    bibtex: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What the dataset holds, as far as it is known."""

    format: str
    modalities: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()
    planes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    size: str = ""
    spacing: str = ""
    scanners: str = ""
    sites: str = ""
    subjects: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there must be of what.

    Attributes
    ----------
    version : str
        Of the dataset; several versions may be listed.
    by : str
        What `parts` divide it by: ``class``, ``split``, ``folder`` or another word.
    unit : str
        ``images``, ``slices``, ``cases``, ...
    total : int
    parts : mapping of str to int
        They must sum to `total`. For ``class``, the names are keys of the card's label map or tumor types; for
        ``split`` and ``folder``, paths of folders.
    files : bool
        The unit is a file each, so that a folder can be checked against it.
    evidence : {'seen', 'tested', 'recalled'}
    certainty : {'high', 'medium', 'low'}
    note : str
    """

    version: str
    by: str
    unit: str
    total: int
    evidence: Evidence
    certainty: Certainty
    parts: Mapping[str, int] = field(default_factory=dict)
    files: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        """Check the sum."""
        total = sum(self.parts.values())
        if self.parts and total != self.total:
            terms = " + ".join(str(part) for part in self.parts.values())
            raise ValueError(
                f"the parts by {self.by} do not add up: {terms} = {total}, expected the total {self.total} {self.unit}"
            )


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that users of the dataset should know."""

    text: str
    evidence: Evidence
    certainty: Certainty = "medium"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another dataset that holds the same patients or images.

    Attributes
    ----------
    card : str
        Name of a card, or the name of a dataset that has none.
    text : str
    detect : str
        How it can be found out.
    evidence : {'seen', 'tested', 'recalled'}
    """

    card: str
    text: str
    detect: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Parent:
    """A dataset that this one was made from (rule L8).

    Attributes
    ----------
    name : str
        Name of a card, or of a dataset that has none.
    spdx : str
        Its license; empty means: as on its card.
    evidence : {'seen', 'tested', 'recalled'}
    note : str
    """

    name: str
    evidence: Evidence
    spdx: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """One thing that can be downloaded.

    Attributes
    ----------
    kind : {'file', 'figshare', 'kaggle'}
        A file at `url`; the files of a figshare article, listed with their checksums by its API; a Kaggle dataset.
    url : str
        For ``file``.
    handle : str
        ``article/version`` at figshare, ``owner/name`` at Kaggle (with ``/versions/N`` to pin one).
    file : str
        Name to save it under.
    checksum : str
        ``sha256:...`` or ``md5:...``; empty where none was published.
    size : int or None
        In bytes, where it is known.
    note : str
    """

    kind: Literal["file", "figshare", "kaggle"]
    url: str = ""
    handle: str = ""
    file: str = ""
    checksum: str = ""
    size: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of one dataset.

    Attributes
    ----------
    name : str
    title : str
    version : str
        The version that the card speaks of.
    publisher : str
    creators : tuple of str
        As a citation gives them.
    url, doi : str
        Empty where not known.
    access : AccessTerms
    licenses : tuple of StatedLicense
    restrictions : Restrictions
    citation : Citation
    content : Content
    policies : tuple of str
        ``LicenseRef-...`` of terms that come on top of the license; see `notices`.
    acknowledgement : str
        Words or works that the publisher asks to name, beyond the citation.
    duo : tuple of str
        Codes of the Data Use Ontology, such as ``DUO:0000042``.
    access_expires : date or None
        Day after which the data may not be used any more.
    ethics : str
    label_map : mapping of str to str
        Folder name or number of a class, to ``glioma``, ``meningioma``, ``pituitary``, ``none`` or ``unspecified``.
    expected : tuple of Count
    known_problems : tuple of Problem
    overlaps : tuple of Overlap
    parents : tuple of Parent
    downloads : tuple of Download
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
