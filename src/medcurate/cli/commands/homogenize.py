"""``medcurate homogenize``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.settings_options import options_from_settings
from medcurate.cli.summary import EXIT_REJECTS, print_json, print_table
from medcurate.curate import defaults
from medcurate.curate.homogenizing.settings import HomogenizeSettings

if TYPE_CHECKING:
    from medcurate.curate.homogenization import HomogenizeResult, Preview


@options_from_settings
def homogenize(
    folder: options.ScanFolder,
    out: Annotated[Path, options.new_folder("DATASET", "The dataset folder to write.")],
    config: options.Config = None,
    *,
    settings: HomogenizeSettings,
    overwrite: options.Overwrite = False,
    timeout: Annotated[
        float, options.value("SECONDS", "Longest time for one file, or for the volumes of one patient.", min=0.1)
    ] = defaults.JOB_TIMEOUT_S,
    workers: options.Workers = None,
    dask: options.Dask = None,
    strict: options.Strict = False,
    dry_run: Annotated[
        bool, options.flag("--dry-run", "Print what would be kept, and why other images would not; write nothing.")
    ] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Make a dataset folder: filter, crop, scale and normalize images, and split them by patient.

    Volumes are cut into slices of the wanted planes. DATASET gets PLANE/SPLIT/TUMOR/ID.png and masks/, a
    catalogue.parquet that tells for every image where it comes from and what was done to it, and why others were left
    out. Copies are left out: those that `medcurate dedupe` has marked in DIR, or else those that this command finds.
    Nothing is written into DIR. A stopped run continues where it was.

    \b
    Examples:
      medcurate homogenize sorted --out dataset --plane axial --tumor pituitary --size 128
      medcurate homogenize sorted --out heads --output volumes --preset volume-1mm --folds 5
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()

    from medcurate.curate.homogenization import homogenize as run
    from medcurate.curate.homogenization import preview

    if dry_run:
        show_preview(preview(folder, settings), out, json=json)
        return
    result = run(
        folder,
        out,
        settings=settings,
        overwrite=overwrite,
        workers=workers,
        dask=dask,
        timeout_s=timeout,
        progress=False if quiet else None,
    )
    if json:
        counts = {"written": result.written, "masks": result.masks, "rejected": result.rejected}
        more = {"dropped": result.dropped, "splits": result.splits, "notes": list(result.notes)}
        print_json({**counts, **more, "out": str(out)})
    elif not quiet:
        show(result, out)
    raise typer.Exit(EXIT_REJECTS if strict and result.rejected else 0)


def show(result: HomogenizeResult, out: Path) -> None:
    """Print what is in the dataset, what is not and why, and what comes next."""
    rows = [
        ("splits", _counts(result.splits)),
        ("left out", _counts(result.dropped) or "nothing"),
        ("images", str(out / "images") if (out / "images").is_dir() else str(out / "volumes")),
        ("table", str(out / "catalogue.parquet")),
        ("report", str(out / "curation.html")),
    ]
    if result.rejected:
        rows.append(("unreadable", f"{out / 'rejects.csv'}: {result.rejected:,} files"))
    rows += [("note", note) for note in result.notes]
    rows.append(("next", f"medcurate manifest {quote(str(out))}"))
    print_table(f"{result.written:,} images and volumes written, {result.masks:,} masks", rows)


def show_preview(found: Preview, out: Path, *, json: bool) -> None:
    """Print what would be read and what left out; with `json` as one object."""
    if json:
        kept = {"to_read": found.wanted, "dropped": found.dropped, "kept": found.kept}
        print_json({"dry_run": True, **kept, "notes": list(found.notes), "out": str(out)})
        return
    rows = [("would read", f"{found.wanted:,} images and volumes")]
    rows += [(name, _counts(counts)) for name, counts in found.kept.items()]
    rows += [("would leave out", _counts(found.dropped) or "nothing"), ("would write to", str(out))]
    rows += [("note", note) for note in found.notes]
    print_table("Nothing was written (--dry-run)", rows)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
