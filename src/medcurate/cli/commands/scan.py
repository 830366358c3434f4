"""``medcurate scan``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote

import typer

from medcurate.cli import options
from medcurate.cli.dry_run import print_dry_run
from medcurate.cli.requirements import check_requirements
from medcurate.cli.summary import counts_of, exit_code, identity_line, print_json, print_table, reject_codes
from medcurate.curate import defaults


def scan(
    inputs: options.Inputs,
    out: options.Out,
    config: options.Config = None,
    channel: options.Channel = None,
    keep_burned_in: options.KeepBurnedIn = False,
    timeout: options.Timeout = defaults.TIMEOUT_S,
    workers: options.Workers = None,
    dask: options.Dask = None,
    catalogue_parts: options.CatalogueParts = None,
    strict: options.Strict = False,
    dry_run: options.DryRun = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Read headers and pixels once; write the catalogue and the rejects.

    Writes DIR/catalogue.parquet (one row per image or volume) and DIR/rejects.csv (one row per file left out,
    with the reason and what to do). A stopped scan continues where it was.

    \b
    Example:
      medcurate scan ~/scans archive.zip --out catalogue
    """  # noqa: D301 - \b keeps typer from wrapping the lines below it
    check_requirements()
    if dry_run:
        print_dry_run(inputs, out, json=json)
        return

    from medcurate.curate.scanning import scan as run

    result = run(
        inputs,
        out,
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
        print_json({**counts, "out": str(out)})
    elif not quiet:
        show(out, counts)
    raise typer.Exit(exit_code(counts, strict=strict))


def show(out: Path, counts: Mapping[str, int]) -> None:
    """Print what came out, where it is and what comes next."""
    left_out = reject_codes(out)
    print_table(
        identity_line(counts),
        [
            ("catalogue", str(out / "catalogue.parquet")),
            *([("left out, why", f"{out / 'rejects.csv'}: {left_out}")] if left_out else []),
            ("next", f"medcurate sort-planes {quote(str(out))} --out {quote(str(out))}"),
        ],
    )
