"""One worker: the child process that runs a function on chunks of items, and the parent's handle on it.

The child is started with ``python -c`` and not with `multiprocessing`, so that it never imports the caller's
``__main__`` (a script without a guard, a notebook, the whole command line). A small shared memory block shows the
parent the child's current item and its start time, which identifies the item that caused a crash or hang.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medcurate.errors import Code, InputError
from medcurate.parallel.worker_link import Connection, join_link, open_link

_BOARD = struct.Struct("<ddq")
"""Start of the item (monotonic clock), seconds spent waiting for a core before it, number of the item."""
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from medcurate.parallel.worker import serve; serve(*sys.argv[2:])"
)
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """Reason why an item gave no result.

    Attributes
    ----------
    code : Code
        ``WORKER_CRASH``, ``TIMEOUT``, ``INTERNAL``, or the code of the `InputError` that the function raised.
    message : str
        Message for the user, without any text from the file.
    detail : str
        Position in the code (no values), for ``--debug``.
    """

    code: Code
    message: str
    detail: str = ""


@dataclass(slots=True)
class Task:
    """Consecutive items; `position` is the index of the first one in the whole input."""

    position: int
    items: list[Any]
    suspect: bool = False


def call(function: Callable[[Any], Any], item: Any) -> Any:
    """Return ``function(item)``, or a `Failure` in place of any exception."""
    try:
        return function(item)
    except InputError as error:
        return Failure(error.code, str(error))
    except Exception as error:  # the run must continue whatever a library raises
        frames = "".join(traceback.format_tb(error.__traceback__))
        return Failure(Code.INTERNAL, f"an unexpected {type(error).__name__}; please report this as a bug", frames)


def serve(channel: str, board: str) -> None:
    """Run in the child: process chunks from the channel until the parent closes it.

    Parameters
    ----------
    channel, board : str
        As in `Link.arguments`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent()
    connection, shared = join_link(channel, board, _BOARD.size)
    try:
        function, collect = pickle.loads(connection.recv_bytes())  # noqa: S301 - written by our own parent
    except Exception:
        connection.send_bytes(pickle.dumps(traceback.format_exc()))
        return
    connection.send_bytes(b"")
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # A separate thread receives the tasks, so that parent and child never block on sending to each other.
    threading.Thread(target=_take_in, args=(connection, tasks), daemon=True).start()
    waits = _open_waits(os.getpid())
    while True:
        position, items = pickle.loads(tasks.get())  # noqa: S301
        began = time.monotonic()
        results = []
        for number, item in enumerate(items, position):
            _BOARD.pack_into(shared, 0, time.monotonic(), _waited_s(waits), number)
            results.append(call(function, item))
        packed = results if collect is None else collect(results)
        seconds = time.monotonic() - began
        connection.send_bytes(_HEADER.pack(position, seconds) + pickle.dumps(packed, pickle.HIGHEST_PROTOCOL))


_HEADER = struct.Struct("<qd")


def _take_in(connection: Connection, tasks: queue.SimpleQueue[bytes]) -> None:
    try:
        while True:
            tasks.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)


def _die_with_parent() -> None:
    """Ask Linux to kill this child when its parent dies; elsewhere the closed channel ends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _open_waits(pid: int) -> int | None:
    """Open Linux's counter of the time that a process waited for a core; None on other systems."""
    try:
        return os.open(f"/proc/{pid}/schedstat", os.O_RDONLY)
    except OSError:
        return None


def _waited_s(handle: int | None) -> float:
    """Return the seconds that the process spent waiting for a core; 0 if unknown."""
    if handle is None:
        return 0.0
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        return int(os.read(handle, 96).split()[1]) * 1e-9
    except (OSError, IndexError, ValueError):  # the process has ended
        return 0.0


class Worker:
    """The parent's handle on one child: starts it, sends tasks, and knows its current item.

    Parameters
    ----------
    setup : bytes
        Pickled ``(function, collect)``. Both must be importable by name.
    """

    def __init__(self, setup: bytes) -> None:
        self.tasks: list[Task] = []
        self.ready = False
        path = json.dumps([str(Path(entry).absolute()) for entry in sys.path])
        with open_link(_BOARD.size) as link:
            self.connection, self._board = link.connection, link.board
            _BOARD.pack_into(self._board, 0, 0.0, 0.0, -1)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, path, *link.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1")},
                **link.options,
            )
        self._waits = _open_waits(self._process.pid)
        self.connection.send_bytes(setup)

    def send(self, task: Task) -> None:
        """Queue one more chunk; a dead child is noticed when its answer is awaited."""
        self.tasks.append(task)
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(pickle.dumps((task.position, task.items), pickle.HIGHEST_PROTOCOL))

    def receive(self) -> tuple[Task, float, memoryview] | None:
        """Return the oldest chunk, its seconds and its pickled results; None for the ready signal.

        Raises
        ------
        EOFError, OSError
            If the child has died.
        RuntimeError
            If the child could not import the function.
        """
        answer = self.connection.recv_bytes()
        if not self.ready:
            if answer:
                raise RuntimeError(f"a worker cannot load its function:\n{pickle.loads(answer)}")  # noqa: S301
            self.ready = True
            return None
        _, seconds = _HEADER.unpack_from(answer)
        return self.tasks.pop(0), seconds, memoryview(answer)[_HEADER.size :]

    def at(self) -> tuple[int, float]:
        """Return the number of the current item (-1 before the first) and its start time (monotonic clock).

        Time that the child has since spent waiting for a core is added to the start, because the load of the machine
        must not decide which files are rejected.
        """
        start, waited, number = _BOARD.unpack_from(self._board, 0)
        return number, start + max(_waited_s(self._waits) - waited, 0.0)

    def stop(self) -> int:
        """Kill the child and return its exit code (negative: the signal)."""
        if self._process.poll() is None:
            self._process.kill()
        self.connection.close()
        code = self._process.wait()
        self._close()
        return code

    def wait(self) -> int:
        """Return the exit code of a child that has closed its channel."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return self.stop()
        self.connection.close()
        self._close()
        return code

    def _close(self) -> None:
        self._board.close()
        if self._waits is not None:
            os.close(self._waits)
            self._waits = None


def split_task(task: Task, number: int) -> tuple[Sequence[Task], Any]:
    """Return the tasks to repeat after the child failed at item `number`, and that item."""
    at = number - task.position
    before, after = task.items[:at], task.items[at + 1 :]
    again = [Task(task.position, before)] if before else []
    if after:
        again.append(Task(number + 1, after))
    return again, task.items[at]


def importable(function: Callable[..., Any]) -> bool:
    """Return whether a child can import `function` by module and name (not lambdas, not ``__main__``)."""
    target = getattr(function, "func", function)
    module, name = getattr(target, "__module__", None), getattr(target, "__qualname__", "<")
    if module in (None, "__main__") or "<" in name:
        return False
    return hasattr(importlib.import_module(str(module)), name.split(".")[0])
