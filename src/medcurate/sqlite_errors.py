"""What SQLite says of a failing disk or a damaged file, as errors that tell the user what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medcurate.errors import OutputError


@contextmanager
def sqlite_errors(path: Path, *, corrupt: bool = False) -> Iterator[None]:
    """Turn errors of SQLite in the block into `OutputError`.

    Parameters
    ----------
    path : Path
        The file, for the message.
    corrupt : bool
        Let the error of a file that is no database, or a damaged one, through: the caller begins a new one.

    Raises
    ------
    OutputError
        The file cannot be written, or cannot be read.
    """
    try:
        yield
    except sqlite3.OperationalError as error:  # disk full, read-only, ...
        raise OutputError(
            f"cannot write {path}: {error}. Free space or choose another --out folder, then run the same command again"
        ) from error
    except sqlite3.DatabaseError as error:
        if corrupt:
            raise
        raise OutputError(f"cannot read {path}: {error}. Remove it and run the same command again") from error
