"""The parts of a dataset card: access, stated license, restrictions, content, counts, problems, downloads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Answer = Literal["yes", "no", "unknown"]
Certainty = Literal["high", "medium", "low"]
Evidence = Literal["seen", "tested", "recalled"]
"""``seen`` in the named source, ``tested`` on the data itself, or ``recalled`` without a check."""
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
        Whom to ask or where to apply; empty if no request is needed.
    limited_period : bool
        Whether access ends at an agreed date, which belongs in `Card.access_expires`.
    text : str
        Further conditions: fees, committees, logins.
    """

    kind: Access
    ask: str = ""
    limited_period: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class StatedLicense:
    """One license as stated, and where it was stated.

    Attributes
    ----------
    applies_to : tuple of {'images', 'masks', 'labels'}
    spdx : str
        SPDX expression; ``LicenseRef-...`` for terms that SPDX does not list, ``NOASSERTION`` if nothing is known.
    verbatim : str
        The wording of the statement; empty if it was not seen.
    seen : {'page', 'readme', 'mirror', 'recalled'}
        ``page``: a page of the publisher; ``readme``: a file by a user of the data; ``mirror``: a copy elsewhere;
        ``recalled``: not seen.
    certainty : {'high', 'medium', 'low'}
    source : str
        Description of the page or file that was read.
    url : str
        Empty if the address is unknown.
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
    """Whether one use is allowed, with the reason."""

    answer: Answer
    reason: str


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Permitted uses of the files, apart from the text of the license."""

    redistribute_ok: Permission
    derivatives_ok: Permission
    commercial_ok: Permission
    model_release_ok: Permission


@dataclass(frozen=True, slots=True)
class Citation:
    """Citation by which the publisher or the field refers to the dataset."""

    text: str
    evidence: Evidence
    bibtex: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Known content of the dataset."""

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
    """An expected count.

    Attributes
    ----------
    version : str
        Version of the dataset; several may be listed.
    by : str
        Criterion of `parts`: ``class``, ``split``, ``folder`` or another word.
    unit : str
        ``images``, ``slices``, ``cases``, ...
    parts : mapping of str to int
        They must sum to `total`. For ``class``, the names are keys of the card's label map or tumor types; for
        ``split`` and ``folder``, paths of folders.
    files : bool
        Whether each unit is one file, so that a folder can be checked.
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
    """A known problem of the dataset."""

    text: str
    evidence: Evidence
    certainty: Certainty = "medium"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another dataset that contains the same patients or images.

    Attributes
    ----------
    card : str
        Name of a card, or the name of a dataset that has none.
    detect : str
        Method by which the overlap can be detected.
    evidence : {'seen', 'tested', 'recalled'}
    """

    card: str
    text: str
    detect: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Parent:
    """A dataset from which this one was made (rule L8).

    Attributes
    ----------
    name : str
        Name of a card, or of a dataset that has none.
    spdx : str
        Its license; empty: as on its card.
    evidence : {'seen', 'tested', 'recalled'}
    """

    name: str
    evidence: Evidence
    spdx: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """One downloadable item.

    Attributes
    ----------
    kind : {'file', 'figshare', 'kaggle'}
        A file at `url`; the files of a figshare article, listed with their checksums by its API; a Kaggle dataset.
    url : str
        For ``file``.
    handle : str
        ``article/version`` at figshare, ``owner/name`` at Kaggle (with ``/versions/N`` to pin one).
    file : str
        File name to save it under.
    checksum : str
        ``sha256:...`` or ``md5:...``; empty if none was published.
    size : int or None
        In bytes, if known.
    """

    kind: Literal["file", "figshare", "kaggle"]
    url: str = ""
    handle: str = ""
    file: str = ""
    checksum: str = ""
    size: int | None = None
    note: str = ""
