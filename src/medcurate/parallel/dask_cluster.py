"""The same map on an existing Dask cluster, in place of processes on this machine.

A Dask worker does not read files itself. Each of its threads keeps a child process (`medcurate.parallel.worker`) that
does. A file that crashes or hangs its reader thus ends a child and not the Dask worker, gets the same reject message,
and no two files share an interpreter. If a Dask worker is lost, Dask gives its chunk to another worker; a chunk that
lost as many workers as the cluster allows (``distributed.scheduler.allowed-failures``) is repeated item by item.

The cluster must be trusted: without TLS, anyone on its network can read the messages, which include file names and the
salt of the pseudonyms. Both are kept out of Dask's own logs, keys and dashboard.
"""

from __future__ import annotations

import importlib
import pickle
import queue
import re
import secrets
import socket
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from medcurate.errors import Code, MissingExtra, UsageError
from medcurate.parallel.pool import WorkerPool
from medcurate.parallel.queue import Answer, TaskQueue
from medcurate.parallel.worker import Failure, Task, Worker

_CHUNK_S = 0.25  # seconds of work per chunk: long compared with the milliseconds of Dask's overhead
_QUEUED = 3  # chunks in flight per thread of the cluster, so that none waits
_WINDOW_ITEMS = 4096  # items in flight or waiting for their turn, per thread
_CONNECT_S = 10  # timeout of an address that does not answer
_LOST_S = 60.0  # timeout of a cluster without workers
_PULSE_S = 2.0  # between two checks of a silent cluster
_IDLE_S = 30.0  # lifetime of an idle child


def map_on_cluster(
    address: str, setup: bytes, items: Iterator[Any], *, timeout_s: float, max_chunk: int
) -> Generator[Answer, None, None]:
    """Yield items and their pickled results, or a single item and its failure, in input order.

    Parameters
    ----------
    address : str
        Of the scheduler, e.g. ``tcp://10.0.0.1:8786``, or ``tls://`` with certificates that Dask is configured with.
    setup : bytes
        Pickled ``(function, collect)``.
    items, timeout_s, max_chunk
        See `medcurate.parallel.map_chunks`.

    Raises
    ------
    UsageError
        If no scheduler answers, it has no worker or loses all of them, or a worker has different versions from this
        process; `MissingExtra` without ``distributed``.
    """
    with _connected(address) as client:
        yield from _ClusterRun(client, address, setup, items, timeout_s, max_chunk).run()


def check_shared(address: str, paths: Sequence[Path]) -> None:
    """Check that the workers see the same files.

    Raises
    ------
    UsageError
        If a worker does not see a path (the message names both), and as in `map_on_cluster`.
    """
    absolute = [str(path.absolute()) for path in paths]
    with _connected(address) as client:
        for worker, missing in _on_workers(client, address, _missing, absolute).items():
            if missing:
                raise UsageError(
                    f"--dask {address}: the worker at {worker} does not see {missing[0]}. Every worker must see the "
                    "input under the same path as here: put it on a file system that they share"
                )


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise MissingExtra(("distributed",), extra="dask", purpose="--dask") from None
    try:
        # A client needs half a minute to notice that it cannot connect, and warns; a socket fails immediately.
        with socket.create_connection(_host_and_port(address), timeout=_CONNECT_S):
            pass
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise UsageError(
            f"--dask {address}: no scheduler of a Dask cluster answers there ({type(error).__name__}). Expected the "
            "address that `dask scheduler` prints, such as tcp://10.0.0.1:8786"
        ) from error
    try:
        _check_workers(client, address)
        yield client
    finally:
        client.close()


def _host_and_port(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    if parts.scheme not in {"tcp", "tls"} or not parts.hostname or not parts.port:
        raise ValueError(address)
    return parts.hostname, parts.port


def _check_workers(client: Any, address: str) -> None:
    """Raise if there is no worker, or if a worker has different versions from this process."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT_S)
    except TimeoutError:
        raise UsageError(
            f"--dask {address}: the cluster has no worker. Start some with: dask worker {address}"
        ) from None
    # A function of the standard library, because one of medcurate cannot be sent where medcurate is not installed.
    _on_workers(client, address, metadata.version, "medcurate")
    ours = environment()
    for worker, theirs in _on_workers(client, address, environment).items():
        if difference := _difference(ours, theirs):
            raise UsageError(f"--dask {address}: the worker at {worker} {difference}")


def _on_workers(client: Any, address: str, function: Any, *args: Any) -> dict[str, Any]:
    answers: dict[str, Any] = client.run(function, *args, on_error="return")
    for worker, answer in answers.items():
        if isinstance(answer, Exception):
            raise UsageError(
                f"--dask {address}: the worker at {worker} cannot import medcurate {metadata.version('medcurate')} "
                f"({type(answer).__name__}). Install the same version there, in the environment of `dask worker`"
            ) from answer
    return answers


@cache
def environment() -> dict[str, str]:
    """Return the versions that results depend on: Python, medcurate and its requirements.

    They are looked up once, because each look-up opens files and chunks are short.
    """
    names = [re.split(r"[^A-Za-z0-9._-]", text)[0] for text in metadata.requires("medcurate") or [] if ";" not in text]
    found = {"Python": ".".join(map(str, sys.version_info[:2]))}
    for name in ("medcurate", *names):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "none"
    return found


def _difference(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """Describe the first version that differs on a worker; '' if none does."""
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            return (
                f"has {name} {theirs.get(name, 'none')}, and this process {ours.get(name, 'none')}. Results could "
                "differ: install the same versions on both, with pip install -c constraints.txt"
            )
    return ""


def _missing(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if not Path(path).exists()]


class _ClusterRun:
    """Keeps every thread of the cluster busy and returns the answers in order."""

    def __init__(
        self, client: Any, address: str, setup: bytes, items: Iterator[Any], timeout_s: float, max_chunk: int
    ) -> None:
        self._client = client
        self._address = address
        self._work = (setup, timeout_s, environment())
        self._running: dict[int, tuple[Task, Any]] = {}
        self._finished: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._suspects: list[Task] = []
        self._name = f"medcurate-{secrets.token_hex(8)}"
        self._submitted = 0
        self._threads = self._count_threads()
        self._seen_s = time.monotonic()  # last time that the cluster had a worker or answered
        self._queue = TaskQueue(
            items, chunk_s=_CHUNK_S, max_chunk=max_chunk, max_items=_WINDOW_ITEMS * max(self._threads, 1)
        )

    def run(self) -> Generator[Answer, None, None]:
        try:
            while True:
                self._feed()
                yield from self._queue.in_order()
                if self._running:
                    self._take(self._next_finished())
                elif self._queue.exhausted and not self._queue.again and not self._suspects:
                    return
        finally:
            if self._running and self._client.status == "running":
                self._client.cancel([future for _, future in self._running.values()], force=True)

    def _feed(self) -> None:
        # A suspect runs alone, so that neither it nor another item can cause the other's failure.
        if self._suspects:
            if not self._running:
                self._submit(self._suspects.pop())
            return
        while len(self._running) < _QUEUED * max(self._threads, 1) and (task := self._queue.next_task()) is not None:
            self._submit(task)

    def _submit(self, task: Task) -> None:
        setup, timeout_s, versions = self._work
        work = Work(setup, pickle.dumps(task.items, pickle.HIGHEST_PROTOCOL), timeout_s, versions)
        self._submitted += 1
        future = self._client.submit(run_chunk, work, key=f"{self._name}-{self._submitted}", pure=False)
        self._running[task.position] = (task, future)
        future.add_done_callback(_Announce(self._finished, task.position))

    def _next_finished(self) -> int:
        while True:
            try:
                position = self._finished.get(timeout=_PULSE_S)
            except queue.Empty:
                self._look_after()
            else:
                self._seen_s = time.monotonic()
                return position

    def _look_after(self) -> None:
        """Count the threads, and give up on a cluster that has none left."""
        self._threads = self._count_threads()
        if self._threads:
            self._seen_s = time.monotonic()
        elif time.monotonic() - self._seen_s > _LOST_S:
            raise self._lost("has no worker left")

    def _count_threads(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except Exception:  # anything that a breaking connection raises
            return 0

    def _take(self, position: int) -> None:
        from distributed.scheduler import KilledWorker

        task, future = self._running.pop(position)
        if future.status == "finished":
            seconds, answers = future.result(timeout=_LOST_S)
            for count, answer in answers:
                self._queue.put(position, task.items[:count], answer)
                position, task.items = position + count, task.items[count:]
            self._queue.learn(seconds)
            return
        error = future.exception(timeout=_LOST_S) if future.status == "error" else None
        if isinstance(error, KilledWorker):
            self._suspect(task)
        elif isinstance(error, UsageError):
            raise UsageError(f"--dask {self._address}: {error}") from error
        elif error is not None:
            raise error
        else:
            raise self._lost("dropped the work or shut down")

    def _suspect(self, task: Task) -> None:
        """Retry each item of a chunk that lost its workers alone; give up on an item that loses them again."""
        if not task.suspect:
            singles = [Task(number, [item], suspect=True) for number, item in enumerate(task.items, task.position)]
            self._suspects.extend(reversed(singles))
            return
        self._queue.put(
            task.position,
            task.items,
            Failure(
                Code.WORKER_CRASH,
                "every worker of the cluster that was given this file was lost, twice; the file is damaged or hostile, "
                "or needs more memory than a worker has",
            ),
        )

    def _lost(self, how: str) -> UsageError:
        return UsageError(
            f"--dask {self._address}: the cluster {how}. Start it again, and run the same command again: it goes on "
            "where it stopped"
        )


class _Announce:
    """Announces that a future is done, without holding a reference to it."""

    def __init__(self, finished: queue.SimpleQueue[int], position: int) -> None:
        self._finished = finished
        self._position = position

    def __call__(self, _: Any) -> None:
        self._finished.put(self._position)


# ------------------------------------------------------------------------------------------------- on the Dask workers


@dataclass(frozen=True, slots=True, repr=False)
class Work:
    """A chunk on its way to a Dask worker.

    Its representation, which Dask may log, hides the content: items hold file names, and the setup holds the salt.

    Attributes
    ----------
    setup, items : bytes
        Pickled ``(function, collect)``, and pickled list.
    timeout_s : float
        Seconds allowed per item.
    versions : dict of str to str
        Versions that the worker must have; a worker may have joined after the first check.
    """

    setup: bytes
    items: bytes
    timeout_s: float
    versions: dict[str, str]

    def __repr__(self) -> str:
        return "<some files>"


def run_chunk(work: Work) -> tuple[float, list[tuple[int, bytes | Failure]]]:
    """Process a chunk in a child of this Dask worker.

    Returns
    -------
    tuple
        Seconds per item; then the number and pickled results of consecutive items, or the failure of one item.

    Raises
    ------
    UsageError
        If this worker has different versions from the process that sent the chunk.
    RuntimeError
        If the child cannot load the function.
    """
    if difference := _difference(work.versions, environment()):
        raise UsageError(f"a worker {difference}")
    items = pickle.loads(work.items)  # noqa: S301 - whoever may submit to a Dask cluster may run anything on it
    workers = [_children.take(work.setup)]
    try:
        pool = WorkerPool(work.setup, iter(items), workers, work.timeout_s, len(items), chunk=len(items))
        answers = [(len(some), answer if isinstance(answer, Failure) else bytes(answer)) for some, answer in pool.run()]
    except BaseException:
        workers[0].stop()
        raise
    _children.give_back(work.setup, workers[0])
    return pool.busy_s / len(items), answers


class _Children:
    """Idle children of this process, each with the function that it has loaded."""

    def __init__(self) -> None:
        self._idle: list[tuple[float, bytes, Worker]] = []
        self._lock = threading.Lock()

    def take(self, setup: bytes) -> Worker:
        with self._lock:
            for number, (_, loaded, worker) in enumerate(self._idle):
                if loaded == setup:
                    del self._idle[number]
                    return worker
        return Worker(setup)

    def give_back(self, setup: bytes, worker: Worker) -> None:
        with self._lock:
            self._idle.append((time.monotonic(), setup, worker))
            if len(self._idle) == 1:
                self._sweep_later()

    def sweep(self, idle_s: float = _IDLE_S) -> None:
        """Stop children that have been idle for `idle_s` seconds, since nothing signals the end of the work."""
        with self._lock:
            now = time.monotonic()
            old = [worker for since, _, worker in self._idle if now - since >= idle_s]
            self._idle = [entry for entry in self._idle if entry[2] not in old]
            if self._idle:
                self._sweep_later()
        for worker in old:
            worker.stop()

    def _sweep_later(self) -> None:
        timer = threading.Timer(_IDLE_S, self.sweep)
        timer.daemon = True
        timer.start()


_children = _Children()
