"""Statements in ``sources.toml`` and by the user about a dataset and its sources."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from medcurate.datasets_manifest.cards.card_file import nearest, read_card
from medcurate.datasets_manifest.cards.card_parts import Answer, Certainty, Seen
from medcurate.errors import UsageError

FILE = "sources.toml"


@dataclass(frozen=True, slots=True)
class Statement:
    """One table ``[sources.NAME]``: the name of a card, or facts that the user states.

    Attributes
    ----------
    card : str
        Name of a card, or path of a user's card; other statements are added to it.
    license : str or None
        SPDX expression, ``LicenseRef-...`` or ``NOASSERTION``. None: nothing is stated.
    title, creator, url, doi, version, publisher, citation : str
        Facts for attribution.
    notice : str
        Copyright notice that must be kept.
    seen, certainty : str
        Where the license was read, and with what certainty.
    redistribute_ok, derivatives_ok, commercial_ok, model_release_ok, policies, duo, acknowledgement, access_expires,
    limited_period
        See `medcurate.datasets_manifest.licenses.license_source.Source`.
    parents : tuple of str
        Names of the cards or datasets from which this one was made.
    collection, preprocessing, ethics : str
        Collection of the data, earlier processing, and ethics approval.
    derived_from : str
        For generated images: the dataset folder or ``verdict.json`` of their training set.
    """

    card: str = ""
    license: str | None = None
    title: str = ""
    creator: str = ""
    url: str = ""
    doi: str = ""
    version: str = ""
    publisher: str = ""
    citation: str = ""
    notice: str = ""
    seen: Seen = "recalled"
    certainty: Certainty = "low"
    redistribute_ok: Answer | None = None
    derivatives_ok: Answer | None = None
    commercial_ok: Answer | None = None
    model_release_ok: Answer | None = None
    policies: tuple[str, ...] = ()
    duo: tuple[str, ...] = ()
    acknowledgement: str = ""
    access_expires: dt.date | None = None
    limited_period: bool = False
    parents: tuple[str, ...] = ()
    collection: str = ""
    preprocessing: str = ""
    ethics: str = ""
    known_problems: tuple[str, ...] = ()
    derived_from: str = ""


@dataclass(frozen=True, slots=True)
class DatasetStatement:
    """The table ``[dataset]``: facts that only the creators of a dataset know.

    Attributes
    ----------
    creators : tuple of str
        Persons as ``Family, Given``; anything without a comma is an organization.
    """

    title: str = ""
    description: str = ""
    version: str = ""
    url: str = ""
    doi: str = ""
    contact: str = ""
    creators: tuple[str, ...] = ()
    date_published: dt.date | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """A ``sources.toml``.

    Attributes
    ----------
    derived_from : str
        Default for sources without their own value.
    """

    sources: Mapping[str, Statement] = field(default_factory=dict)
    dataset: DatasetStatement = DatasetStatement()
    derived_from: str = ""


def read_sources_file(path: Path, where: str) -> SourcesFile:
    """Read a ``sources.toml``, strictly.

    Parameters
    ----------
    where : str
        Name of the file in messages.

    Raises
    ------
    UsageError
        If it cannot be read, or has an unknown key or a wrong value; the message names the nearest known key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"cannot read {where}: {reason}. Expected a TOML file with tables [sources.NAME]") from error
    return read_card(text, SourcesFile, where=where)


def read_sources(folder: Path, *, cards: Mapping[str, str], info: Path | None, known: Iterable[str]) -> SourcesFile:
    """Combine ``sources.toml`` of a dataset folder, the user's file and the cards named on the command line.

    Parameters
    ----------
    cards : mapping of str to str
        Source to card; overrides ``card`` in the files.
    info : Path, optional
        A file like ``sources.toml``; its tables replace those of the same name.
    known : iterable of str
        The sources in the catalogue.

    Raises
    ------
    UsageError
        If a statement concerns a source that is not in the catalogue.
    """
    path = folder / FILE
    own = read_sources_file(path, FILE) if path.exists() else SourcesFile()
    more = read_sources_file(info, info.name) if info is not None else SourcesFile()
    names = sorted(set(known))
    for name in sorted({*more.sources, *cards}):
        if name not in names:
            raise UsageError(
                f"source {name!r} is not in the catalogue: expected one of {', '.join(names)}. "
                f"Did you mean {nearest(name, names)}?"
            )
    tables = {**own.sources, **more.sources}
    for name, card in cards.items():
        tables[name] = replace(tables.get(name, Statement()), card=card)
    about = {
        item.name: getattr(more.dataset, item.name) or getattr(own.dataset, item.name)
        for item in dataclasses.fields(DatasetStatement)
    }
    return SourcesFile(tables, DatasetStatement(**about), more.derived_from or own.derived_from)
