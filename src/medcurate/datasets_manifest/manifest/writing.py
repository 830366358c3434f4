"""Write the manifest of a dataset folder: description, sources and permitted uses, in several files."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import medcurate
from medcurate.datasets_manifest.cards.card_parts import Component
from medcurate.datasets_manifest.licenses.decision import decide
from medcurate.datasets_manifest.licenses.inheritance import VERDICT, as_table
from medcurate.datasets_manifest.licenses.license_source import SameContent, Source
from medcurate.datasets_manifest.licenses.license_terms import read_license
from medcurate.datasets_manifest.licenses.overrides import Override
from medcurate.datasets_manifest.licenses.statements import FILE, SourcesFile, read_sources
from medcurate.datasets_manifest.licenses.verdict import Verdict
from medcurate.datasets_manifest.manifest.attribution import attribution, licenses
from medcurate.datasets_manifest.manifest.citation import citation
from medcurate.datasets_manifest.manifest.content import Manifest, catalogue_files, metadata_file
from medcurate.datasets_manifest.manifest.croissant import croissant
from medcurate.datasets_manifest.manifest.facts import UNLABELED, Facts, gather
from medcurate.datasets_manifest.manifest.readme_card import readme
from medcurate.datasets_manifest.manifest.sources import Origin, origin, same_license
from medcurate.errors import OutputError
from medcurate.run_folder import PRIVATE, atomic_write, digest, lock, output_errors

RECORD = "manifest.json"
"""File in the private folder with digests of the written files, so that user-edited files are not overwritten."""


@dataclass(frozen=True, slots=True)
class ManifestResult:
    """Result of writing a manifest.

    Attributes
    ----------
    sources : tuple of str
        Names of the sources with kept rows.
    files : tuple of Path
        Written files, sorted by name.
    missing : tuple of str
        Facts to fill in before publishing, one sentence each.
    """

    verdict: Verdict
    sources: tuple[str, ...]
    files: tuple[Path, ...]
    missing: tuple[str, ...]


def write_manifest(
    folder: Path,
    *,
    card: Mapping[str, str] | None = None,
    source_info: Path | None = None,
    allow: Iterable[str] = (),
    purpose: Literal["adaptation", "collection"] = "adaptation",
    today: dt.date | None = None,
    overwrite: bool = False,
) -> ManifestResult:
    """Write the manifest of a dataset: licenses, attribution, card, citation, Croissant, verdict.

    All files derive from the catalogue, ``sources.toml`` and the cards. Equal datasets give equal bytes; dates come
    from statements only. The files are written whatever the verdict is.

    Parameters
    ----------
    folder : Path
        A folder that `medcurate.curate.homogenize` wrote.
    card : mapping of str to str, optional
        Source name to card name.
    source_info : Path, optional
        A file like ``sources.toml``, for statements that the folder's file lacks.
    allow : iterable of str
        Overrides of rules, ``RULE:SOURCE:NAME:REASON``.
    purpose : {'adaptation', 'collection'}
        Share it as one dataset, or as parts side by side.
    today : date, optional
        Day of the overrides, and date for the end of access; default: the current day in UTC.
    overwrite : bool
        Also replace files that were edited, or that medcurate did not write.

    Raises
    ------
    UsageError
        If it is not a dataset folder, its counts are inconsistent, a card is unknown, or a statement is invalid.
    NothingUsable
        If the dataset has no kept row.
    OutputError
        If a file of that name exists that medcurate did not write, or the folder cannot be written.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    facts = gather(folder)
    given = read_sources(folder, cards=card or {}, info=source_info, known=facts.all_sources)
    origins = origins_of(folder, facts, given)
    kept = tuple(origins[name] for name in facts.sources)
    with lock(folder):
        overrides = _dated(folder, [Override.parse(text, date=today) for text in allow])
        verdict = decide(
            distinct(rule for one in kept for rule in one.for_rules()),
            purpose=purpose,
            today=today,
            overrides=overrides,
            same_content=list(_same_content(facts, origins)),
            synthetic=facts.synthetic,
        )
        tables = catalogue_files(folder), metadata_file(folder)
        made_with = f"medcurate {medcurate.__version__}"
        content = Manifest(facts, kept, verdict, overrides, given.dataset, *tables, made_with)
        files = _write(folder, content, overwrite=overwrite)
    return ManifestResult(verdict, tuple(facts.sources), files, tuple(_missing(content, given)))


def origins_of(folder: Path, facts: Facts, given: SourcesFile) -> dict[str, Origin]:
    """Return the facts about each source of a dataset, by name.

    Parameters
    ----------
    folder : Path
        Of the dataset.
    given : SourcesFile
        Statements of ``sources.toml`` and the user.
    """
    parts = _parts(facts)
    return {
        name: _with_rows(origin(name, given, folder, synthetic=name in facts.generated, parts=parts), facts)
        for name in facts.all_sources
    }


def _parts(facts: Facts) -> tuple[Component, ...]:
    """Return the components of the sources that are used; their licenses may differ."""
    parts: list[Component] = ["images"]
    if facts.count(kind="mask"):
        parts.append("masks")
    if set(facts.by("tumor")) - {UNLABELED}:
        parts.append("labels")
    return tuple(parts)


def _with_rows(one: Origin, facts: Facts) -> Origin:
    """Use the license in the rows of a source if none is stated and the rows agree."""
    stated = facts.any_license.get(one.name, set())
    if one.card or one.statement.license is not None or one.training or len(stated) != 1:
        return one  # rows of generated images repeat what they inherit
    return replace(one, source=replace(one.source, license=next(iter(stated))))


def _same_content(facts: Facts, origins: Mapping[str, Origin]) -> Iterator[SameContent]:
    """Yield content under more than one license: images in several sources, and conflicting statements."""
    for names, count in facts.same.items():
        yield SameContent(tuple(rule for name in names for rule in origins[name].for_rules()), count)
    for name in facts.sources:
        if (contradiction := origins[name].contradiction()) is not None:
            yield replace(contradiction, images=facts.by("source")[name])
    for (name, license_), count in sorted(facts.licenses.items(), key=repr):
        if license_ is not None and not _is_stated(license_, origins[name]):
            source = origins[name].source
            yield SameContent(
                (source, replace(source, name=f"{name} ({license_} in the catalogue)", license=license_)), count
            )


def _is_stated(license_: str, one: Origin) -> bool:
    """Return whether the license of a row is one that its source states, for the whole or for the images."""
    stated = [one.source.license, one.statement.license, one.card.license_of("images") if one.card else None]
    if one.training:
        stated.append(decide(distinct(one.training), synthetic=True).license)
    return any(same_license(license_, other) for other in stated if other is not None) or (
        all(other is None for other in stated) and same_license(license_, None)
    )


def distinct(sources: Iterable[Source]) -> list[Source]:
    """Add a number to the names of different sources of one name (two training sets may differ)."""
    found: dict[str, Source] = {}
    for source in sources:
        name, number = source.name, 1
        while name in found and found[name] != replace(source, name=name):
            number += 1
            name = f"{source.name} ({number})"
        found[name] = replace(source, name=name)
    return list(found.values())


def _dated(folder: Path, overrides: Iterable[Override]) -> tuple[Override, ...]:
    """Keep the day on which the same override was first recorded."""
    try:
        before = json.loads((folder / VERDICT).read_bytes())["overrides"]
        days = {
            tuple(one[key] for key in ("rule", "source", "name", "reason")): dt.date.fromisoformat(one["date"])
            for one in before
        }
    except (OSError, ValueError, LookupError, TypeError):
        days = {}
    return tuple(
        replace(one, date=days.get((one.rule, one.source, one.name, one.reason), one.date)) for one in overrides
    )


def _verdict(content: Manifest) -> str:
    facts = content.facts
    record = {
        "schema": 1,
        **content.verdict.to_dict(),
        "granted": content.sharable,
        "overrides": [{**asdict(one), "date": one.date.isoformat()} for one in content.overrides],
        "sources": [_source(content, one) for one in content.origins],
        "same_images": [{"sources": list(names), "images": count} for names, count in facts.same.items()],
        "rows": {"all": facts.rows, "kept": facts.kept, "dropped": dict(sorted(facts.dropped.items()))},
        "catalogue": [file._asdict() for file in content.catalogue],
        "made_with": content.made_with,
    }
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def _source(content: Manifest, one: Origin) -> dict[str, Any]:
    kept = sum(count for cell, count in content.facts.cells.items() if cell.source == one.name)
    return {
        "name": one.name,
        "card": one.card.name if one.card else None,
        "title": one.title,
        "version": one.version or None,
        "license": one.source.license,
        "kept": kept,
        "dropped": content.facts.dropped_by_source[one.name],
        "changes": content.changes(one),
        "rules": [as_table(rule) for rule in one.for_rules()],
    }


_FILES: Mapping[str, Callable[[Manifest], str]] = {
    "ATTRIBUTION.md": attribution,
    "CITATION.cff": citation,
    "LICENSES.md": licenses,
    "README.md": readme,
    "croissant.json": croissant,
    VERDICT: _verdict,
}


def _write(folder: Path, content: Manifest, *, overwrite: bool) -> tuple[Path, ...]:
    """Write the files that changed; refuse before the first one if a file was not written by medcurate."""
    texts = {name: render(content).encode() for name, render in _FILES.items()}
    record = folder / PRIVATE / RECORD
    known = _known(record)
    with output_errors(folder):
        there = {name: (folder / name).read_bytes() for name in texts if (folder / name).exists()}
    own = [name for name, old in there.items() if old != texts[name] and digest(old).hex() not in known.get(name, [])]
    if own and not overwrite:
        raise OutputError(
            f"{folder} holds {', '.join(own)}, which medcurate did not write, or which was changed since. Move your "
            "text to sources.toml or elsewhere, or replace it with --overwrite"
        )
    digests = {name: [digest(text).hex()] for name, text in texts.items()}
    if known != digests:  # both digests until all is written: after a crash, neither counts as user-edited
        _remember(record, {name: [*known.get(name, []), *new] for name, new in digests.items()})
    for name, text in texts.items():
        if there.get(name) != text:
            with atomic_write(folder / name) as stream:
                stream.write(text)
    if known != digests:
        _remember(record, digests)
    return tuple(folder / name for name in texts)


def _remember(record: Path, digests: Mapping[str, list[str]]) -> None:
    with atomic_write(record) as stream:
        stream.write((json.dumps(digests, indent=1) + "\n").encode())


def _known(record: Path) -> dict[str, list[str]]:
    try:
        content = json.loads(record.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _missing(content: Manifest, given: SourcesFile) -> Iterator[str]:
    """Yield the facts to fill in, the most urgent first."""
    for one in content.origins:
        if one.training:
            continue
        if one.source.license is None:
            yield (
                f"license of {one.name}: --card {one.name}=NAME (see medcurate datasets list), or license = in "
                f"[sources.{one.name}] of {FILE}"
            )
        if one.name in content.facts.generated and one.card is None and one.source.license is None:
            yield f"training set of {one.name}: derived_from = in [sources.{one.name}] of {FILE}"
        lacking = [key for key in ("creator", "title", "url") if not getattr(one.source, key)]
        if lacking and one.source.license is not None:
            yield f"{', '.join(lacking)} of {one.name}: in [sources.{one.name}] of {FILE}"
        if not one.statement.notice and any(term.kind == "software" for term in read_license(one.source.license).terms):
            yield f"copyright notice of {one.name}, which {one.source.license} asks to keep: notice = in {FILE}"
        for text in one.card.to_confirm if one.card else ():
            yield f"{one.name}, to confirm by a person: {text}"
    about = given.dataset
    lacking = [key for key in ("title", "creators", "version", "url", "date_published") if not getattr(about, key)]
    if lacking:
        yield f"{', '.join(lacking)} of the dataset itself: in [dataset] of {FILE}"
