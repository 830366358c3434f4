"""Record the sources of a training set, and check that their terms still allow use."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.datasets_manifest.licenses.decision import decide
from medcurate.datasets_manifest.licenses.inheritance import VERDICT, as_table, training_sources
from medcurate.datasets_manifest.licenses.license_source import Source
from medcurate.datasets_manifest.licenses.statements import read_sources
from medcurate.datasets_manifest.licenses.verdict import Verdict
from medcurate.datasets_manifest.manifest.facts import gather
from medcurate.datasets_manifest.manifest.writing import distinct, origins_of
from medcurate.errors import PolicyError

PLAIN = "training set"
"""Source name for a folder without a catalogue, whose license is unknown."""


def sources_of(folder: Path) -> tuple[Source, ...]:
    """Return the sources of a dataset for the license rules; nothing is written.

    If `medcurate manifest` was run, they come from ``verdict.json``, including statements on its command line;
    otherwise from the catalogue and ``sources.toml``. The license of a later source, and of a plain folder of images,
    is unknown. Overrides by people (rule L13) are left out, because they concern these images only.

    Raises
    ------
    UsageError
        If one of these files is invalid.
    """
    if not (folder / FILE_NAME).exists():
        return (Source(PLAIN, None, seen="recalled", certainty="low"),)
    if not (folder / VERDICT).is_file():
        facts = gather(folder)
        given = read_sources(folder, cards={}, info=None, known=facts.all_sources)
        origins = origins_of(folder, facts, given)
        return tuple(distinct(rule for name in facts.sources for rule in origins[name].for_rules()))
    stated = training_sources(VERDICT, folder)
    tables = json.loads((folder / VERDICT).read_bytes())["sources"]
    named = {table.get("name") for table in tables if isinstance(table, dict)}
    kept = Catalogue.open(folder).filter(status="kept").counts("source")
    added = (Source(name, None, seen="recalled", certainty="low") for name in kept if name not in named)
    return tuple(distinct([*stated, *added]))


def as_verdict(sources: Iterable[Source]) -> bytes:
    """Return sources as the part of ``verdict.json`` that `training_sources` reads."""
    tables = [{"name": source.name, "rules": [as_table(source)]} for source in sources]
    return (json.dumps({"schema": 1, "sources": tables}, ensure_ascii=False, indent=1) + "\n").encode()


def check_use(sources: Iterable[Source], *, what: str, today: dt.date | None = None) -> Verdict:
    """Raise if the terms forbid even local use of the data.

    Whether a result may be shared is decided by `medcurate manifest`. Use is refused if access has expired, or if a
    license statement is invalid.

    Parameters
    ----------
    what : str
        The intended action, for the message, such as ``generate``.
    today : date, optional
        Default: the current day in UTC.

    Returns
    -------
    Verdict
        Verdict on use without sharing.

    Raises
    ------
    PolicyError
        With the rule and the source.
    """
    verdict = decide(sources, purpose="internal", today=today, synthetic=True)
    if verdict.granted:
        return verdict
    why = "; ".join(
        f"{step.rule} {step.source}: {step.text}" for step in verdict.trace if step.effect == verdict.outcome
    )
    raise PolicyError(
        f"{what} stopped by the terms of the training set ({verdict.outcome}): {why} Leave that source out, or "
        "correct the sources.toml of the training set and run medcurate manifest on it"
    )
