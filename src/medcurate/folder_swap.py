"""Replace a file or folder by a new folder: atomically where the system can do it, otherwise by renaming."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NOT_THERE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def put_in_place(new: Path, path: Path) -> None:
    """Rename `new` to `path`; an existing entry at `path` gets the name of `new`, for the caller to remove.

    Systems other than Linux and some network file systems cannot exchange two names atomically. There the old entry is
    first renamed; a process killed at that moment leaves it next to `path`, under a name that ends in ``.old``.

    Raises
    ------
    OSError
        If the system refuses.
    """
    if not path.exists():
        new.rename(path)
        return
    try:
        exchange(new, path)
    except OSError as error:
        if error.errno not in _NOT_THERE:
            raise
        aside = path.with_name(f"{path.name}.old")
        path.rename(aside)
        new.rename(path)
        aside.rename(new)


def exchange(one: Path, other: Path) -> None:
    """Exchange two names atomically (renameat2 of Linux).

    Raises
    ------
    OSError
        If the system refuses or has no such call.
    """
    if sys.platform == "linux":
        function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if function is None:  # the C library is older than the call
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        if function(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(other))
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
