# ruff: noqa: PTH208
# Names relative to open folders: pathlib has no words for them.
"""Open, list and examine files whose names may be longer than one system call takes, and never hang on a pipe."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from medcurate.errors import Code, InputError

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FILE = _READ | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _READ | getattr(os, "O_DIRECTORY", 0)
_STEP_BYTES = 3000


def open_unchanged(path: str, size: int, mtime_ns: int) -> BinaryIO:
    """Open a regular file for reading, if it still is what it was when it was listed.

    Raises
    ------
    InputError
        `VANISHED`, `PERMISSION`, or `CHANGED` where it is of another size, time or kind now.
    """
    try:
        with _parent(path) as (name, folder):
            descriptor = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError as error:
        raise InputError(Code.VANISHED, "The file was there at first and is gone now. Run again.") from error
    except PermissionError as error:
        raise InputError(Code.PERMISSION, "The file may not be read by this user. Change its permissions.") from error
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
            raise _changed() from error
        raise
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or (state.st_size, state.st_mtime_ns) != (size, mtime_ns):
        os.close(descriptor)
        raise _changed()
    return os.fdopen(descriptor, "rb")


def list_folder(path: str) -> list[str]:
    """Return the names in a folder, sorted by their bytes."""
    with _parent(path) as (name, folder):
        if folder is None:
            return sorted(os.listdir(path), key=os.fsencode)
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    try:
        return sorted(os.listdir(descriptor), key=os.fsencode)
    finally:
        os.close(descriptor)


def examine(path: str) -> os.stat_result:
    """Return what `os.lstat` does."""
    with _parent(path) as (name, folder):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)


@contextmanager
def _parent(path: str) -> Iterator[tuple[str, int | None]]:
    """Give the name to use and the folder to use it in: a path too long for the system is gone down in steps."""
    folder: int | None = None
    try:
        while len(os.fsencode(path)) > _STEP_BYTES:
            cut = path.rindex("/", 1, _STEP_BYTES // 4)
            inner = os.open(path[:cut], _FOLDER, dir_fd=folder)
            if folder is not None:
                os.close(folder)
            folder, path = inner, path[cut + 1 :]
        yield path, folder
    finally:
        if folder is not None:
            os.close(folder)


def _changed() -> InputError:
    return InputError(Code.CHANGED, "The file was changed while medcurate ran. Run again when nothing writes to it.")
