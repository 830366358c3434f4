"""``medcurate homogenize``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from medcurate.cli import filter_options as filters
from medcurate.cli import options
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import EXIT_REJECTS, print_json, print_table
from medcurate.curate import defaults
from medcurate.errors import UsageError

if TYPE_CHECKING:
    from medcurate.curate.homogenization import HomogenizeResult, Preview
    from medcurate.curate.homogenizing.settings import HomogenizeSettings

Out = Annotated[
    Path,
    typer.Option("--out", metavar="DATASET", file_okay=False, show_default=False, help="The dataset folder to write."),
]
Size = Annotated[
    int | None,
    typer.Option(
        "--size",
        metavar="PX",
        min=0,
        show_default=f"{defaults.SIZE} for images, volumes as they are",
        help="Width and height of images, each side of volumes; 0 leaves them.",
    ),
]
Spacing = Annotated[
    float | None,
    typer.Option(
        "--spacing", metavar="MM", min=0.05, show_default=False, help="Resample to this pixel size first, where known."
    ),
]
Normalize = Annotated[defaults.Normalize, typer.Option("--normalize", help="How intensities are made alike.")]
N4 = Annotated[bool, typer.Option("--n4", help="Correct the bias field (SimpleITK, extra n4).")]
BitDepth = Annotated[Literal["8", "16"], typer.Option("--bit-depth", help="Bits of the PNG images.")]
Margin = Annotated[
    float | None,
    typer.Option(
        "--margin", metavar="SHARE", min=0.0, show_default="0.05", help="Around the head or brain, of its longer side."
    ),
]
Output = Annotated[defaults.Output, typer.Option("--output", help="Cut volumes into slices, or keep them as volumes.")]
Slices = Annotated[
    str | None,
    typer.Option(
        "--slices",
        metavar="RULE",
        show_default="all that show something",
        help="Which slices of a volume: every:N, middle:N, tumor, or several joined by +.",
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        show_default=False,
        help="A list of steps for volumes: volume-1mm, or study-d (crop 30, 95 to 64 slices, -1 to 1).",
    ),
]
Split = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="NAME=SHARE,...",
        show_default="train=0.7,val=0.15,test=0.15",
        help="Splits and their shares; patients are never divided.",
    ),
]
KeepSplits = Annotated[
    bool,
    typer.Option("--keep-splits", help="Keep the splits that folders name (Training, Testing); a leak is an error."),
]
Folds = Annotated[
    int, typer.Option("--folds", metavar="K", min=0, help="Also number K folds for cross-validation, by patient.")
]
Dedupe = Annotated[
    bool,
    typer.Option(
        "--dedupe/--no-dedupe",
        help="Search for copies if nobody has, with the tables in DATASET; or take images as they are.",
    ),
]
KeepDuplicates = Annotated[bool, typer.Option("--keep-duplicates", help="Also take images that are marked as copies.")]
Privacy = Annotated[
    defaults.Privacy, typer.Option("--privacy", help="What to do with images that could identify someone.")
]
CardOption = Annotated[
    list[str] | None,
    typer.Option(
        "--card",
        metavar="SOURCE=NAME",
        show_default=False,
        help="The dataset card of an input, see `medcurate datasets list`; repeatable.",
    ),
]
SourceInfo = Annotated[
    Path | None,
    typer.Option(
        "--source-info",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        show_default=False,
        help="TOML file with a table [sources.NAME] for inputs without a card.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Make DATASET anew if it has other settings.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be kept and why not, and write nothing.")]
JobTimeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", min=0.1, help="What one file, or one patient's volumes, may take."),
]


def homogenize(
    folder: options.ScanFolder,
    out: Out,
    config: options.Config = None,
    plane: filters.Plane = None,
    tumor: filters.Tumor = None,
    modality: filters.Modality = None,
    contrast: filters.Contrast = None,
    source: filters.Source = None,
    exclude_source: filters.ExcludeSource = None,
    license: filters.License = None,  # noqa: A002 - the option's name
    exclude_notes: filters.ExcludeNotes = None,
    min_confidence: filters.MinConfidence = None,
    max_obliquity: filters.MaxObliquity = None,
    min_size: filters.MinSize = None,
    max_size: filters.MaxSize = None,
    min_sharpness: filters.MinSharpness = None,
    min_position: filters.MinPosition = None,
    max_position: filters.MaxPosition = None,
    min_mask_area: filters.MinMaskArea = None,
    max_mask_area: filters.MaxMaskArea = None,
    drop_unknown: filters.DropUnknown = False,
    size: Size = None,
    spacing: Spacing = None,
    normalize: Normalize = defaults.NORMALIZE,
    n4: N4 = False,
    bit_depth: BitDepth = "8",
    margin: Margin = None,
    output: Output = defaults.OUTPUT,
    slices: Slices = None,
    preset: Preset = None,
    split: Split = None,
    keep_splits: KeepSplits = False,
    folds: Folds = 0,
    dedupe: Dedupe = True,
    keep_duplicates: KeepDuplicates = False,
    privacy: Privacy = defaults.PRIVACY,
    card: CardOption = None,
    source_info: SourceInfo = None,
    tumor_labels: options.TumorLabels = None,
    overwrite: Overwrite = False,
    timeout: JobTimeout = defaults.JOB_TIMEOUT_S,
    workers: options.Workers = None,
    dask: options.Dask = None,
    seed: options.Seed = defaults.SEED,
    strict: options.Strict = False,
    dry_run: DryRun = False,
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
    settings = _settings(locals())

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


def _settings(given: Mapping[str, Any]) -> HomogenizeSettings:
    """Gather the options; the names of both are the same but for a few."""
    from dataclasses import fields

    from medcurate.curate.filters.row_filters import Filters
    from medcurate.curate.homogenizing.settings import HomogenizeSettings

    chosen: dict[str, Any] = {item.name: given[item.name] for item in fields(Filters) if given[item.name] is not None}
    chosen |= {name: tuple(value) for name, value in chosen.items() if isinstance(value, list)}
    wanted = Filters(**chosen)
    special: dict[str, Any] = {
        "filters": wanted,
        "spacing_mm": given["spacing"],
        "bit_depth": int(given["bit_depth"]),
        "cards": dict(_pair(text, "--card", "SOURCE=NAME") for text in given["card"] or ()),
    }
    if given["split"] is not None:
        special["split"] = _shares(given["split"])
    plain = {item.name: given[item.name] for item in fields(HomogenizeSettings) if item.name not in (*special, "split")}
    return HomogenizeSettings(**special, **plain)


def _pair(text: str, option: str, expected: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip() or not value.strip():
        raise UsageError(f"{option}: expected {expected}, received {text!r}")
    return name.strip(), value.strip()


def _shares(text: str) -> dict[str, float]:
    expected = "NAME=SHARE,NAME=SHARE such as train=0.8,test=0.2"
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, share = _pair(part, "--split", expected)
        try:
            value = float(share)
        except ValueError:
            raise UsageError(f"--split: expected {expected}, received {text!r}") from None
        if name in shares:
            raise UsageError(f"--split: {name!r} is there twice in {text!r}")
        shares[name] = value
    return shares


def show(result: HomogenizeResult, out: Path) -> None:
    """Tell a person what is in the dataset, what is not and why, and what comes next."""
    rows = [
        ("splits", _counts(result.splits)),
        ("left out", _counts(result.dropped) or "nothing"),
        ("images", str(out / "images") if (out / "images").is_dir() else str(out / "volumes")),
        ("table", str(out / "catalogue.parquet")),
        ("look at it", str(out / "curation.html")),
    ]
    if result.rejected:
        rows.append(("not readable", f"{out / 'rejects.csv'}: {result.rejected:,} files"))
    rows += [("note", note) for note in result.notes]
    rows.append(("next", f"medcurate manifest {quote(str(out))}"))
    print_table(f"{result.written:,} images and volumes written, {result.masks:,} masks", rows)


def show_preview(found: Preview, out: Path, *, json: bool) -> None:
    """Tell what would be read and what left out; with `json` as one object."""
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
