"""Generated images inherit the sources of their training set, as a stated, conservative policy."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

from medcurate.datasets_manifest.licenses.license_source import ParentLicense, Source
from medcurate.datasets_manifest.plain_text import web_address
from medcurate.errors import UsageError

VERDICT = "verdict.json"


def training_sources(where: str, folder: Path) -> tuple[Source, ...]:
    """Return the sources of the training set of generated images.

    Overrides (rule L13) are not inherited: they concern the images, not works derived from them.

    Parameters
    ----------
    where : str
        Path of a ``verdict.json``, or of a folder that holds one; relative to `folder`.
    folder : Path
        Of the generated dataset.

    Raises
    ------
    UsageError
        If there is none, or `medcurate manifest` did not write it.
    """
    path = folder / where
    path = path / VERDICT if path.is_dir() else path
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"derived_from: expected the {VERDICT} of the training set, or the folder that holds it, received "
            f"{where!r} (relative to the dataset folder). Run `medcurate manifest` on the training set first"
        ) from error
    tables = content.get("sources") if isinstance(content, dict) else None
    if not isinstance(tables, list) or not tables:
        raise UsageError(
            f"derived_from: {where!r} names no sources; run `medcurate manifest` on the training set again"
        )
    return tuple(source for table in tables for source in _sources(table, where))


def as_table(source: Source) -> dict[str, Any]:
    """Return a source as a JSON object, which `training_sources` reads."""
    table = dataclasses.asdict(source)
    table["access_expires"] = None if source.access_expires is None else source.access_expires.isoformat()
    return table


def _sources(table: Any, where: str) -> list[Source]:
    rules = table.get("rules") if isinstance(table, dict) else None
    try:
        return [_source(rule) for rule in rules or ()]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise UsageError(
            f"derived_from: {where!r} is not a {VERDICT} that this version reads ({error}); write it again"
        ) from error


def _source(rule: Any) -> Source:
    """Restore tuples and dates from JSON; an unknown key raises TypeError."""
    given = dict(rule)
    if not isinstance(given["name"], str) or not isinstance(given["license"], str | None):
        raise ValueError("name and license must be text")
    for name in ("policies", "duo"):
        given[name] = tuple(str(item) for item in given.get(name, ()))
    given["parents"] = tuple(ParentLicense(**parent) for parent in given.get("parents", ()))
    if given.get("access_expires") is not None:
        given["access_expires"] = dt.date.fromisoformat(given["access_expires"])
    return Source(**{**given, "url": web_address(str(given.get("url", "")))})
