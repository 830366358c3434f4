"""The parts of a dataset card: access, license as stated, restrictions, content, counts, problems, downloads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Answer = Literal["yes", "no", "unknown"]
Certainty = Literal["high", "medium", "low"]
Evidence = Literal["seen", "tested", "recalled"]
"""``seen`` in the source that is named, ``tested`` on the data itself, ``recalled`` and not checked."""
Seen = Literal["page", "readme", "mirror", "recalled"]
Access = Literal["open", "registration", "agreement", "application"]
Component = Literal["images", "masks", "labels"]


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
    parts : mapping of str to int
        They must sum to `total`. For ``class``, the names are keys of the card's label map or tumor types; for
        ``split`` and ``folder``, paths of folders.
    files : bool
        The unit is a file each, so that a folder can be checked against it.
    evidence : {'seen', 'tested', 'recalled'}
    certainty : {'high', 'medium', 'low'}
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
    """

    kind: Literal["file", "figshare", "kaggle"]
    url: str = ""
    handle: str = ""
    file: str = ""
    checksum: str = ""
    size: int | None = None
    note: str = ""
