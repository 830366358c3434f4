"""Options that several commands share, and short forms to write others in a signature."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from medcurate.cli.config_file import apply_config


@dataclass(slots=True)
class Session:
    """Options that decide how errors are reported.

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


def flag(name: str, text: str) -> Any:
    """Return an option without a value; `name` as it is typed, `text` one sentence for help."""
    return typer.Option(name, help=text)


def value(metavar: str | None, text: str, *, shown: bool | str = True, **more: Any) -> Any:
    """Return an option with a value, named after its parameter.

    Parameters
    ----------
    metavar : str or None
        Word for the value in help; None for that of its type, such as the choices.
    text : str
        One sentence for help.
    shown : bool or str
        What help shows as the default, where the value does not say it.
    **more
        Such as ``min``, of `typer.Option`.
    """
    return typer.Option(metavar=metavar, show_default=shown, help=text, **more)


def file(text: str, *, shown: bool | str = True) -> Any:
    """Return an option whose value is a file that exists, named after its parameter."""
    return value("FILE", text, shown=shown, exists=True, dir_okay=False)


def new_folder(metavar: str, text: str) -> Any:
    """Return an option whose value is a folder to write, named after its parameter."""
    return value(metavar, text, file_okay=False)


def argument(metavar: str, text: str, **more: Any) -> Any:
    """Return an argument of a command; `more` as `typer.Argument` takes it."""
    return typer.Argument(metavar=metavar, show_default=False, help=text, **more)


Inputs = Annotated[
    list[Path],
    argument(
        "INPUT",
        "Folders, files and zip archives, in any mix; a folder that medcurate wrote stands for the input it read.",
        exists=True,
    ),
]
Out = Annotated[Path, new_folder("DIR", "Where to write; originals are never changed.")]
ScanFolder = Annotated[Path, argument("DIR", "Folder that scan or sort-planes wrote.", exists=True, file_okay=False)]
TumorLabels = Annotated[Path | None, file("CSV file with the columns path and tumor: labels that replace those found.")]
Workers = Annotated[
    int | None,
    value("N", "Number of processes that read files; 0 reads in this process.", min=0, shown="all cores"),
]
Dask = Annotated[
    str | None,
    value("ADDRESS", "Use a trusted Dask cluster instead of --workers, at tcp://HOST:PORT or tls://HOST:PORT."),
]
CatalogueParts = Annotated[
    int | None,
    value(
        "ROWS",
        "Write DIR/catalogue.parquet as a folder of parts with this many rows each, for millions of rows.",
        min=1,
        shown="one file",
    ),
]
Timeout = Annotated[float, value("SECONDS", "Longest time that one file may take; then it is rejected.", min=0.1)]
Channel = Annotated[
    int | None,
    value("N", "Which volume of a 4-D file to read; 0 is the first.", min=0, shown="reject such files"),
]
KeepBurnedIn = Annotated[
    bool, flag("--keep-burned-in", "Keep images whose header says that text is burned into the pixels.")
]
Strict = Annotated[bool, flag("--strict", "Exit with 3 if any file was rejected.")]
Seed = Annotated[int, value("N", "Seed of all random numbers.", min=0)]
DryRun = Annotated[bool, flag("--dry-run", "List what would be read, and write nothing.")]
Overwrite = Annotated[bool, flag("--overwrite", "Replace DATASET if it was made with other settings.")]
Card = Annotated[
    list[str] | None,
    value("SOURCE=NAME", "The dataset card of a source, see `medcurate datasets list`. Repeatable."),
]
Allow = Annotated[
    list[str] | None,
    value(
        "RULE:SOURCE:NAME:REASON",
        "A person's decision against a rule, recorded with name, date and reason. Repeatable.",
    ),
]
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
        help="TOML file with a table per command, such as [sort-planes]; flags override it.",
    ),
]
