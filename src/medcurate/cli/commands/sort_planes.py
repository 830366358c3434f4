"""``medcurate sort-planes``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from medcurate.cli import options
from medcurate.cli.dry_run import print_dry_run
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import (
    counts_of,
    exit_code,
    identity_line,
    print_json,
    print_planes,
    print_table,
    reject_codes,
)
from medcurate.curate import defaults


def sort_planes(
    inputs: options.Inputs,
    out: options.Out,
    config: options.Config = None,
    labels: Annotated[
        Path | None,
        options.file("CSV file with planes that you know: columns path and plane. They are kept in DIR/decisions.csv."),
    ] = None,
    who: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="NAME",
            show_default=False,
            help="Who gives the labels, for the column who of DIR/decisions.csv; a name is personal data.",
        ),
    ] = "",
    min_confidence: Annotated[
        float, options.value("P", "Below this confidence, the plane is unknown.", min=0.0, max=1.0)
    ] = defaults.MIN_CONFIDENCE,
    materialize: Annotated[
        Literal["link", "copy", "none"], options.value(None, "How originals are placed in DIR/sorted.")
    ] = defaults.MATERIALIZE,
    model: Annotated[Path | None, options.file("Plane model to start from.", shown="the bundled one")] = None,
    fit_model: Annotated[
        Path | None,
        options.value("FILE", "Also save a model trained on the headers and labels of this input.", dir_okay=False),
    ] = None,
    label_next: Annotated[
        int, options.value("N", "Number of images to list in DIR/review/label_next.csv.", min=0)
    ] = defaults.N_LABEL_NEXT,
    channel: options.Channel = None,
    keep_burned_in: options.KeepBurnedIn = False,
    timeout: options.Timeout = defaults.TIMEOUT_S,
    workers: options.Workers = None,
    dask: options.Dask = None,
    catalogue_parts: options.CatalogueParts = None,
    seed: options.Seed = defaults.SEED,
    strict: options.Strict = False,
    dry_run: options.DryRun = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Find the plane of every image: axial, coronal, sagittal or unknown.

    The header decides where there is one; otherwise a classifier that is trained on the headers and labels of the same
    input. Writes planes.csv, catalogue.parquet and rejects.csv, a view of the originals by plane in DIR/sorted, and
    contact sheets, least confident first, in DIR/review. A stopped run continues where it was.

    \b
    Examples:
      medcurate sort-planes ~/scans archive.zip --out sorted
      medcurate sort-planes ~/scans --out sorted --labels labels.csv --min-confidence 0.9
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()
    if dry_run:
        print_dry_run(inputs, out, json=json)
        return

    from medcurate.curate.plane_sorting import sort_planes as run

    result = run(
        inputs,
        out,
        labels=labels,
        who=who,
        min_confidence=min_confidence,
        materialize=materialize,
        model=model,
        fit_model=fit_model,
        n_label_next=label_next,
        seed=seed,
        workers=workers,
        channel=channel,
        keep_burned_in=keep_burned_in,
        timeout_s=timeout,
        progress=False if quiet else None,
        dask=dask,
        catalogue_parts=catalogue_parts,
    )
    counts = counts_of(result.counts)
    if json:
        print_json({**counts, "planes": dict(result.planes), "notes": list(result.notes), "out": str(out)})
    elif not quiet:
        show(out, counts, result.planes, result.notes)
    raise typer.Exit(exit_code(counts, strict=strict))


def show(out: Path, counts: Mapping[str, int], planes: Mapping[str, int], notes: Sequence[str]) -> None:
    """Print how many images each plane has, where they are and what comes next."""
    print_planes(planes)
    review = out / "review"
    left_out = reject_codes(out)
    rows = [("table", str(out / "planes.csv"))]
    if (out / "sorted").is_dir():
        rows.append(("sorted images", str(out / "sorted")))
    rows.append(("contact sheets", f"{review} (least confident first)"))
    if left_out:
        rows.append(("left out, why", f"{out / 'rejects.csv'}: {left_out}"))
    rows += [("note", note) for note in notes]
    if (review / "label_next.csv").is_file():
        rows.append(("next", f"fill in {review / 'label_next.csv'}, run the same command again"))
    print_table(identity_line(counts), rows)
