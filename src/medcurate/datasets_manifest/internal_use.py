"""What a training set is made of, for a model to remember, and whether that may still be used."""

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
"""Name of the only source of a folder without a catalogue; nothing is known of it."""


def sources_of(folder: Path) -> tuple[Source, ...]:
    """Return the sources of a dataset as the license rules see them; nothing is written.

    They come from ``verdict.json`` where `medcurate manifest` was run, so that what was stated on its command line
    counts; otherwise from the catalogue and ``sources.toml``. Of a source that was added since, and of a plain folder
    of images, nothing is known. Decisions of people (rule L13) are left out: they were about these images.

    Raises
    ------
    UsageError
        One of these files is not what it should be.
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
    """Return sources as the ``verdict.json`` that `training_sources` reads, and nothing else of such a file."""
    tables = [{"name": source.name, "rules": [as_table(source)]} for source in sources]
    return (json.dumps({"schema": 1, "sources": tables}, ensure_ascii=False, indent=1) + "\n").encode()


def check_use(sources: Iterable[Source], *, what: str, today: dt.date | None = None) -> Verdict:
    """Stop where data may not even be used on one's own machine.

    Whether a result may be shared is another question, which `medcurate manifest` answers. Use is stopped where access
    has expired, and where a license is stated in a way that nobody can read.

    Parameters
    ----------
    what : str
        What would be done, for the message: ``generate``.
    today : date, optional
        The day in UTC where not given.

    Returns
    -------
    Verdict
        Of use without sharing.

    Raises
    ------
    PolicyError
        Naming the rule and the source.
    """
    verdict = decide(sources, purpose="internal", today=today, synthetic=True)
    if verdict.granted:
        return verdict
    why = "; ".join(
        f"{step.rule} {step.source}: {step.text}" for step in verdict.trace if step.effect == verdict.outcome
    )
    raise PolicyError(
        f"{what} stopped by the terms of the training set ({verdict.outcome}): {why} Leave that source out, or state "
        "what is true now in the sources.toml of the training set and run medcurate manifest on it"
    )
