"""``CITATION.cff``: citation of the dataset and its sources (Citation File Format 1.2.0)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from medcurate.datasets_manifest.manifest.content import Manifest
from medcurate.datasets_manifest.manifest.sources import Origin
from medcurate.datasets_manifest.plain_text import one_line, yaml

_DOI = re.compile(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+")
_LISTED = re.compile(r"CC0-1\.0|CC-BY(-NC)?(-SA|-ND)?-[1-4]\.\d|MIT|Apache-2\.0|BSD-[23]-Clause|ODbL-1\.0|PDDL-1\.0")
"""SPDX licenses that version 1.2.0 of the format lists (its list is of 2021)."""


def citation(content: Manifest) -> str:
    """Return ``CITATION.cff``."""
    about = content.about
    names = content.licenses
    record: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it and its sources.",
        "type": "dataset",
        "title": one_line(content.title),
        "version": one_line(content.version),
        "abstract": one_line(content.description),
        "authors": [_author(name) for name in dict.fromkeys(content.creators)],
    }
    if _DOI.fullmatch(about.doi):
        record["doi"] = about.doi
    if content.url:
        record["url"] = content.url
    if about.date_published:
        record["date-released"] = about.date_published.isoformat()
    # In this format a list of licenses means a choice, but here all of them apply.
    if content.sharable and len(names) == 1 and _LISTED.fullmatch(names[0]):
        record["license"] = names[0]
    if keywords := list(dict.fromkeys(filter(None, map(one_line, about.keywords)))):
        record["keywords"] = keywords
    record["references"] = [_reference(origin) for origin in content.origins]
    return yaml(record)


def _author(name: str) -> Mapping[str, str]:
    family, comma, given = (one_line(part) for part in name.partition(","))
    if comma and family and given:
        return {"family-names": family, "given-names": given}
    return {"name": one_line(name) or "not stated"}


def _reference(origin: Origin) -> Mapping[str, Any]:
    authors = [_author(name) for name in dict.fromkeys(origin.creators)]
    record: dict[str, Any] = {
        "type": "data",
        "title": one_line(origin.title),
        "authors": [author for n, author in enumerate(authors) if author not in authors[:n]]
        or [{"name": "not stated"}],
    }
    if origin.version:
        record["version"] = one_line(origin.version)
    doi = origin.statement.doi or (origin.card.doi if origin.card else "")
    if _DOI.fullmatch(doi):
        record["doi"] = doi
    if origin.source.url:
        record["url"] = origin.source.url
    if origin.source.license and _LISTED.fullmatch(origin.source.license):
        record["license"] = origin.source.license
    if origin.citation:
        record["notes"] = one_line(origin.citation)
    return record
