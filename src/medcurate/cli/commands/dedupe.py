"""``medcurate dedupe``."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import print_json, print_table
from medcurate.curate import defaults

if TYPE_CHECKING:
    from medcurate.curate.deduplication import DedupeResult


def dedupe(
    folder: options.ScanFolder,
    config: options.Config = None,
    keep: Annotated[defaults.Keep, options.value(None, "Which of several copies is kept.")] = defaults.KEEP,
    conflicts: Annotated[
        defaults.Conflicts,
        options.value(None, "Copies with different tumor labels: drop all, or keep one and note it."),
    ] = defaults.CONFLICTS,
    exact_only: Annotated[
        bool, options.flag("--exact-only", "Find only copies with equal pixels, not changed ones; reads no image.")
    ] = False,
    tumor_labels: options.TumorLabels = None,
    undo: Annotated[bool, options.flag("--undo", "Remove the marks that dedupe set, and its reports.")] = False,
    timeout: options.Timeout = defaults.TIMEOUT_S,
    workers: options.Workers = None,
    dask: options.Dask = None,
    dry_run: Annotated[
        bool, options.flag("--dry-run", "Print how many images would be compared, and write nothing.")
    ] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Find copies, keep one of each, and report conflicting labels and leaks.

    Copies are equal files, equal pixels, and images that were re-encoded, resized, cropped, bordered, flipped, rotated
    or windowed differently; neighboring slices are not. Rows of DIR/catalogue.parquet are marked, files stay. Writes
    duplicates.csv, label_conflicts.csv, leaks.csv, contamination.csv and groups.csv, and contact sheets in
    DIR/duplicates. A stopped run continues where it was.

    \b
    Examples:
      medcurate dedupe sorted
      medcurate dedupe sorted --keep best-documented --conflicts keep
      medcurate dedupe sorted --undo
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()
    if dry_run:
        _print_dry_run(folder, json=json)
        return

    from medcurate.curate.deduplication import dedupe as run

    result = run(
        folder,
        keep=keep,
        conflicts=conflicts,
        exact_only=exact_only,
        tumor_labels=tumor_labels,
        undo=undo,
        workers=workers,
        dask=dask,
        timeout_s=timeout,
        progress=False if quiet else None,
    )
    if json:
        print_json({**_counts(result), "undone": undo, "notes": list(result.notes), "out": str(folder)})
    elif not quiet:
        _show_undone(folder) if undo else _show(folder, result)


_COUNTS = ("images", "exact", "near", "kept", "clusters", "label_conflicts", "held", "leaks", "groups")


def _counts(result: DedupeResult) -> dict[str, int]:
    return {name: int(getattr(result, name)) for name in _COUNTS}


def _show(folder: Path, result: DedupeResult) -> None:
    """Print what was found, where it is and what comes next."""
    title = f"{result.images:,} images = {result.exact:,} equal copies + {result.near:,} changed copies "
    rows = [
        ("copies", f"{folder / 'duplicates.csv'}: {result.clusters:,} images have copies"),
        ("label conflicts", f"{folder / 'label_conflicts.csv'}: {_conflicts(result)}"),
        ("leaks", f"{folder / 'leaks.csv'}: {result.leaks:,} images are in several splits"),
        ("between sources", str(folder / "contamination.csv")),
        ("patients", f"{folder / 'groups.csv'}: {result.groups:,} groups, known or inferred"),
        ("contact sheets", str(folder / "duplicates")),
        *(("note", note) for note in result.notes),
        ("undo", f"medcurate dedupe {quote(str(folder))} --undo"),
        ("next", f"medcurate homogenize {quote(str(folder))} --out DATASET"),
    ]
    print_table(title + f"+ {result.kept:,} different ones", rows)


def _conflicts(result: DedupeResult) -> str:
    held = f", all {result.held:,} copies of them dropped" if result.held else ""
    return f"{result.label_conflicts:,} images have several labels{held}"


def _show_undone(folder: Path) -> None:
    print_table("All marks were removed", [("catalogue", str(folder / "catalogue.parquet"))])


def _print_dry_run(folder: Path, *, json: bool) -> None:
    """Print what would be compared, without reading an image or writing anything."""
    from medcurate.catalogue import Catalogue
    from medcurate.curate.duplicates.rows import read_all

    rows = read_all(Catalogue.open(folder))
    images = int(rows.considered.sum())
    exact = images - rows.n_different
    if json:
        summary: dict[str, Any] = {"dry_run": True, "images": images, "exact": exact, "out": str(folder)}
        print_json(summary)
        return
    print_table(
        "Nothing was written (--dry-run)",
        [
            ("would compare", f"{images:,} images and volumes; {exact:,} have the same pixels as another one"),
            ("would write to", str(folder)),
        ],
    )
