"""The command line as a whole, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from medcurate.cli.lazy_commands import LazyGroup
from medcurate.cli.options import Session
from medcurate.cli.summary import print_json
from medcurate.errors import MedcurateError, OutputError

EXIT_BUG = 70
EXIT_INTERRUPTED = 130
_CANNOT_WRITE = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EFBIG})

# Plain help: rich would double the time of `--help`.
app = typer.Typer(
    name="medcurate",
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Example: medcurate sort-planes ~/scans more.zip --out sorted",
)


def _version(value: bool) -> None:
    if value:
        import medcurate

        typer.echo(f"medcurate {medcurate.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Raw, mixed medical images in; a sorted, documented dataset out, with a reason for every file left out."""


def run(arguments: list[str] | None = None) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : list of str, optional
        Without the program's name; those of the process where not given.

    Returns
    -------
    int
        The exit code: 0 done, 2 wrong usage, 3 done with rejects under ``--strict``, 4 nothing usable, 5 stopped by a
        rule, 6 output not writable, 70 a bug, 130 interrupted.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if "--help" in arguments and (text := _help(arguments)) is not None:
        typer.echo(text)
        return 0
    session = Session()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(arguments, prog_name="medcurate", obj=session)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if code == EXIT_INTERRUPTED:
            _tell(session, "Interrupted", "Interrupted. The same command continues where it stopped.", code)
        return code
    except Exception as error:  # the boundary: whatever happens becomes one message and one exit code
        return _report(session, error)
    return 0


def _help(arguments: list[str]) -> str | None:
    """Return the help text without parsing and checking options, which would take longer than all the rest."""
    command: Any = typer.main.get_command(app)
    context = typer.Context(command, info_name="medcurate")
    for name in arguments:
        commands = getattr(command, "commands", None)
        if commands is None or name.startswith("-"):
            break
        if name not in commands:
            return None
        command = commands[name]
        context = typer.Context(command, info_name=name, parent=context)
    text: str = command.get_help(context)
    return text


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _report(session: Session, error: Exception) -> int:
    if session.debug:
        traceback.print_exception(error)
    if isinstance(error, OSError) and error.errno in _CANNOT_WRITE:
        error = OutputError(f"The output cannot be written: {error.strerror}. Free some space or choose another --out")
    if isinstance(error, MedcurateError):
        _tell(session, type(error).__name__, str(error), error.exit_code)
        return error.exit_code
    # The text of an unexpected error can quote a file, and so a patient: only its type and its place are shown.
    message = (
        f"{type(error).__name__} in {_place(error)}. This is a bug of medcurate: "
        "please report it, with what the same command prints with --debug"
    )
    _tell(session, type(error).__name__, message, EXIT_BUG)
    return EXIT_BUG


def _place(error: Exception) -> str:
    """Name the innermost line of this package."""
    package = Path(__file__).parents[1]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(package)]
    file = Path(ours[-1].filename).relative_to(package)
    return f"{ours[-1].name}, line {ours[-1].lineno} of {file}"


def _tell(session: Session, kind: str, message: str, code: int) -> None:
    if session.json:
        print_json({"error": kind, "message": message, "exit_code": code})
    sys.stderr.write(f"medcurate: {message}\n")
