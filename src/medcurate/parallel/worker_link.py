"""The link between a parent and its worker: a message channel and a board (a few bytes of shared memory).

On Linux and macOS the child inherits both as file descriptors; on Windows as a handle and a name.
"""

from __future__ import annotations

import mmap
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

if sys.platform == "win32":
    from multiprocessing.connection import Pipe
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

__all__ = ["Connection", "Link", "join_link", "open_link"]


@dataclass(frozen=True, slots=True)
class Link:
    """The parent's ends, and the arguments that lead the child to its own.

    Attributes
    ----------
    connection : Connection
        The parent's end of the channel.
    board : mmap.mmap
        The shared memory; zeros at first.
    arguments : tuple of str
        For the command line of the child, which passes them to `join_link`.
    options : dict
        Keywords for `subprocess.Popen`, so that the child inherits its end.
    """

    connection: Connection
    board: mmap.mmap
    arguments: tuple[str, str]
    options: dict[str, Any] = field(default_factory=dict)


@contextmanager
def open_link(size: int) -> Iterator[Link]:
    """Open a channel and a board of `size` bytes; start the child in the block, which closes the child's ends."""
    if sys.platform == "win32":
        ours, theirs = Pipe()
        with theirs:
            handle = theirs.fileno()
            os.set_handle_inheritable(handle, True)
            startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
            name = f"medcurate-{secrets.token_hex(16)}"
            yield Link(ours, mmap.mmap(-1, size, tagname=name), (str(handle), name), {"startupinfo": startup})
    else:
        near, far = socket.socketpair()
        with tempfile.TemporaryFile(prefix="medcurate-") as board, far:
            board.truncate(size)
            fds = (far.fileno(), board.fileno())
            channel, place = map(str, fds)
            shared = mmap.mmap(board.fileno(), size)
            yield Link(Connection(near.detach()), shared, (channel, place), {"pass_fds": fds})


def join_link(channel: str, board: str, size: int) -> tuple[Connection, mmap.mmap]:
    """Return the child's end of the channel and the board; call it once, in the child."""
    if sys.platform == "win32":
        return Connection(int(channel)), mmap.mmap(-1, size, tagname=board)
    else:  # noqa: RET505 - mypy reads one branch per platform
        return Connection(int(channel)), mmap.mmap(int(board), size)
