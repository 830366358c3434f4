"""Collect the content of ``curation.html``, render its template and write it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from medcurate.catalogue import FILE_NAME as CATALOGUE
from medcurate.catalogue import Catalogue
from medcurate.curate.curation_page.choices import Choice, Row, choose
from medcurate.curate.curation_page.copies import Copies, read_conflicts, read_duplicates
from medcurate.curate.curation_page.drawing import band_chart
from medcurate.curate.curation_page.facts import Facts, count_rejects, gather
from medcurate.curate.curation_page.histograms import band
from medcurate.curate.curation_page.original_pixels import Wanted
from medcurate.curate.curation_page.pictures import PAIR_PIXELS, Pictures, limits_of, take_pictures, wanted_of
from medcurate.curate.curation_page.setting_words import headline, meaning, policy_words, reason_words, setting_lines
from medcurate.curate.curation_page.step_words import step_words
from medcurate.curate.duplicates.reports import CONFLICTS, DUPLICATES, LEAKS
from medcurate.curate.patients.group_table import GROUPS
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.dataset.layout import METADATA, REJECTS, SETTINGS, SOURCES
from medcurate.errors import Code
from medcurate.pages.templates import environment
from medcurate.reject_codes import group_of
from medcurate.run_folder import atomic_write

FILE_NAME = "curation.html"
MAX_ROWS = 300
"""Largest number of rows in the table of counts."""

_IDENTIFYING = (Code.IDENTIFIERS, Code.BURNED_IN, Code.FACE, Code.QUARANTINE)
_FILES = {
    CATALOGUE: "one row for each image that is here, and for each that was left out",
    METADATA: "one row per image that is here, for spreadsheets and other tools",
    REJECTS: "files that could no longer be read",
    SETTINGS: "all settings, steps, versions and counts",
    SOURCES: "where the images come from",
    DUPLICATES: "images that are copies of others",
    CONFLICTS: "copies whose tumor labels differ",
    LEAKS: "copies that the folders of the input put into several splits",
    GROUPS: "images of one patient, known or inferred",
    "ATTRIBUTION.md": "whom to credit",
    "README.md": "the dataset card",
    "croissant.json": "a machine-readable description",
}
_BY = {
    "patient": "a patient's identifier",
    "inferred": "similarity, a folder or a name (inferred)",
    "image": "nothing: each image alone",
}


def write_curation_page(
    dataset_folder: Path, source_folder: Path, listing: Iterable[Item | Skipped] | None = None
) -> Path:
    """Write ``curation.html`` into a dataset folder: counts, what was left out, copies, before and after, histograms.

    The page needs no other file, network or script. It depends only on the dataset and its available originals, so that
    it is reproducible byte for byte. Missing originals are reported, and images that could identify a person are never
    shown.

    Parameters
    ----------
    dataset_folder : Path
        Output folder of `medcurate.curate.homogenize`.
    source_folder : Path
        Folder from which it was made, with the tables of rejects, and of copies if the dataset folder has none.
    listing : iterable of Item or Skipped, optional
        The files of the input; None walks it.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    UsageError
        If there is no catalogue.
    OutputError
        If it cannot be written.
    """
    catalogue = Catalogue.open(dataset_folder)
    settings = _settings(dataset_folder)
    facts, choice = gather(catalogue), choose(catalogue)
    with_copies = dataset_folder if (dataset_folder / DUPLICATES).is_file() else source_folder
    duplicates, conflicts = read_duplicates(with_copies), read_conflicts(with_copies)
    tables = [table for table in (duplicates, conflicts) if table is not None]
    pictures = take_pictures(dataset_folder, source_folder, choice, tables, listing)
    rejects = count_rejects([source_folder / REJECTS, dataset_folder / REJECTS])
    content = {
        **_counts(facts, settings),
        **_left_out(facts, settings, rejects),
        "identifying": _identifying(facts, rejects),
        "policy": policy_words(settings),
        "duplicates": None if duplicates is None else _copies(duplicates, pictures),
        "conflicts": None if conflicts is None else _copies(conflicts, pictures),
        "pairs": [_pair(row, pictures) for row in choice.pairs],
        "hidden": choice.hidden,
        "histograms": _histograms(choice, pictures, settings),
        "more_sources": choice.n_sources - len(choice.samples),
        "files": [(name, what) for name, what in _FILES.items() if (dataset_folder / name).exists()],
    }
    path = dataset_folder / FILE_NAME
    with atomic_write(path) as stream:
        stream.write(environment(__package__).get_template("curation.html.j2").render(content).encode())
    return path


def _settings(dataset: Path) -> dict[str, Any]:
    """Return the recorded settings; a dataset without a record also gets a page."""
    try:
        content = json.loads((dataset / SETTINGS).read_bytes())
        settings = content["settings"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _counts(facts: Facts, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the content of the sections about kept images."""
    splits = sorted({split for *_, split in facts.kept}, key=_split_order)
    lines: dict[tuple[str, str, str], Counter[str]] = {}
    for (*key, split), count in sorted(facts.kept.items()):
        lines.setdefault((key[0], key[1], key[2]), Counter())[split] += count
    table = [(*key, [counts[split] for split in splits], sum(counts.values())) for key, counts in lines.items()]
    per_split = [sum(row[3][place] for row in table) for place in range(len(splits))]
    return {
        "headline": headline(settings) if settings else "How it was made is not recorded.",
        "settings": setting_lines(settings),
        "written": facts.written,
        "kinds": sorted(facts.kinds.items()),
        "splits": [split or "no split" for split in splits],
        "table": table[:MAX_ROWS],
        "more_rows": len(table[MAX_ROWS:]),
        "more_images": sum(row[4] for row in table[MAX_ROWS:]),
        "per_split": per_split,
        "groups": [
            (words, [facts.groups[split, how] for split in splits]) for how, words in _BY.items()
            if any(facts.groups[split, how] for split in splits)
        ],
        "groups_per_split": [sum(facts.groups[split, how] for how in _BY) for split in splits],
        "torn_groups": facts.torn_groups,
        "torn_clusters": facts.torn_clusters,
        "folds": sorted(facts.folds.items()),
    }  # fmt: skip


def _split_order(split: str) -> tuple[int, str]:
    usual = ("train", "val", "test")
    return (usual.index(split) if split in usual else len(usual), split)


def _left_out(facts: Facts, settings: dict[str, Any], rejects: Counter[str]) -> dict[str, Any]:
    total = sum(facts.dropped.values())
    most = max(facts.dropped.values(), default=1)
    listed = sorted(rejects.items(), key=lambda entry: (_is_ignored(entry[0]), -entry[1], entry[0]))
    return {
        "n_dropped": total,
        "dropped": [
            (reason or "no reason", reason_words(reason, settings), count, round(100 * count / most, 1))
            for reason, count in sorted(facts.dropped.items(), key=lambda entry: (-entry[1], entry[0]))
        ],
        "n_rejects": sum(count for code, count in rejects.items() if not _is_ignored(code)),
        "rejects": [(code, count, *meaning(code)) for code, count in listed],
    }


def _is_ignored(code: str) -> bool:
    return code in set(Code) and group_of(Code(code)) == "ignored"


def _identifying(facts: Facts, rejects: Counter[str]) -> list[tuple[str, str, str, int, int]]:
    """Return code, meaning, action, number of images in the dataset, and number of rows and files left out."""
    return [
        (code.value, *meaning(code.value), facts.notes[code.value], facts.dropped[code.value] + rejects[code.value])
        for code in _IDENTIFYING
    ]


def _copies(copies: Copies, pictures: Pictures) -> dict[str, Any]:
    return {
        "clusters": copies.clusters,
        "images": sorted(copies.images.items(), key=lambda entry: (-entry[1], entry[0])),
        "shown": [
            {
                "number": cluster.number,
                "more": cluster.size - len(cluster.members),
                "members": [
                    {
                        "name": _name(member.wanted),
                        "caption": member.caption,
                        "kept": member.kept,
                        "picture": pictures.shown.get(member.wanted),
                        "missing": _missing(member.wanted, pictures),
                    }
                    for member in cluster.members
                ],
            }
            for cluster in copies.shown
        ],
    }


def _pair(row: Row, pictures: Pictures) -> dict[str, Any]:
    wanted = wanted_of(row, shown=PAIR_PIXELS)
    facts = [row["source"], row["plane"] or "plane unknown", row["tumor"] or "unlabeled", row["contrast"], row["split"]]
    hidden = wanted in pictures.hidden
    return {
        "about": [fact for fact in facts if fact],
        "original": row["original_path"] or "",
        "path": row["path"],
        "before": pictures.shown.get(wanted),
        "missing": _missing(wanted, pictures),
        "after": None if hidden else pictures.results.get(row["path"]),
        "after_missing": "not shown: it could identify a person" if hidden else "cannot be read",
        "size": _size(row),
        "steps": [step_words(record) for record in json.loads(row["steps"] or "[]")],
    }


def _missing(wanted: Wanted, pictures: Pictures) -> str:
    return "not shown: it could identify a person" if wanted in pictures.hidden else "the original is missing"


def _name(wanted: Wanted) -> str:
    return wanted.path if wanted.frame is None else f"{wanted.path} #{wanted.frame}"


def _size(row: Row) -> str:
    sides = [row[side] for side in ("width", "height", "depth") if row[side] is not None]
    spacing = row["spacing_mm"]
    text = " × ".join(str(side) for side in sides) + (" voxels" if row["kind"] == "volume" else " pixels")
    if not spacing:
        return text
    return f"{text} of {' × '.join(f'{size:.3g}' for size in (spacing[1], spacing[0], *spacing[2:]))} mm"


def _histograms(choice: Choice, pictures: Pictures, settings: dict[str, Any]) -> list[dict[str, Any]]:
    drawn = []
    for number, source in enumerate(choice.samples):
        charts: dict[str, Any] = {}
        for when, samples, limits in (
            ("before", pictures.before.get(source, []), None),
            ("after", pictures.after.get(source, []), limits_of(settings)),
        ):
            found = band(samples, limits)
            title = f"Gray values of {source} {when} homogenizing"
            charts[when] = None if found is None else band_chart(found, f"h{number}-{when}", title)
            charts[f"n_{when}"] = 0 if found is None else found.images
        drawn.append({"source": source, **charts})
    return drawn
