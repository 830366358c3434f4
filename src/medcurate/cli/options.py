"""The options that commands share, each written once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from medcurate.cli.config_file import apply_config


@dataclass(slots=True)
class Session:
    """What the error boundary must know of the command line.

    Attributes
    ----------
    debug : bool
        Show tracebacks.
    json : bool
        Print one JSON object, also when the command fails.
    """

    debug: bool = False
    json: bool = False


def _remember_debug(context: typer.Context, value: bool) -> bool:
    context.ensure_object(Session).debug |= value
    return value


def _remember_json(context: typer.Context, value: bool) -> bool:
    context.ensure_object(Session).json |= value
    return value


Inputs = Annotated[
    list[Path],
    typer.Argument(
        metavar="INPUT",
        exists=True,
        show_default=False,
        help="Folders, files and zip archives, in any mix; a folder that medcurate wrote stands for what it read.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="DIR", file_okay=False, show_default=False, help="Where to write; originals are never changed."
    ),
]
ScanFolder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR", exists=True, file_okay=False, show_default=False, help="Folder that scan or sort-planes wrote."
    ),
]
TumorLabels = Annotated[
    Path | None,
    typer.Option(
        "--tumor-labels",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        show_default=False,
        help="CSV with the columns path and tumor: what you know better.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=0,
        show_default="all cores",
        help="Processes that read files; 0 reads in this one.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        show_default=False,
        help="Work on a Dask cluster that you trust, at tcp://HOST:PORT or tls://HOST:PORT, in place of --workers.",
    ),
]
CatalogueParts = Annotated[
    int | None,
    typer.Option(
        "--catalogue-parts",
        metavar="ROWS",
        min=1,
        show_default="one file",
        help="Write DIR/catalogue.parquet as a folder of parts with so many rows each, for millions of rows.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", metavar="SECONDS", min=0.1, help="What one file may take before it is given up."),
]
Channel = Annotated[
    int | None,
    typer.Option(
        "--channel",
        metavar="N",
        min=0,
        show_default="reject such files",
        help="Which volume of a 4-D file to take; 0 is the first.",
    ),
]
KeepBurnedIn = Annotated[
    bool,
    typer.Option("--keep-burned-in", help="Keep images whose header says that text is burned into the pixels."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 3 if any file was rejected.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Start of all random numbers.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List what would be read, and write nothing.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no summary, only errors.")]
Json = Annotated[
    bool,
    typer.Option(
        "--json", callback=_remember_json, is_eager=True, help="Print one JSON object on standard output, nothing else."
    ),
]
Debug = Annotated[
    bool,
    typer.Option("--debug", callback=_remember_debug, is_eager=True, help="Show the traceback of an error."),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        callback=apply_config,
        is_eager=True,
        show_default=False,
        help="TOML file with a table for each command, such as [sort-planes]; flags win over it.",
    ),
]
