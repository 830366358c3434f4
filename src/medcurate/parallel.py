"""One map over many files, in worker processes that may crash or hang without losing more than the file at hand.

The results come in input order and do not depend on the number of workers. Items may come from a generator of any
length: only a bounded number of them is in flight at a time.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import wait
from typing import Any

from medcurate.errors import Code, UsageError
from medcurate.progress import ProgressReport
from medcurate.worker_process import Failure, Task, Worker, call, importable, split_task

__all__ = ["Chunk", "Failure", "count_workers", "interruptible", "map_chunks", "map_files"]

_CHUNK_S = 0.05  # seconds of work in a chunk: long beside the cost of sending it, short beside a user's patience
_QUEUED = 2  # chunks a worker has at a time, so that it never waits for the parent
_WINDOW_BYTES = 64 * 2**20  # results that wait for their turn
_WINDOW_ITEMS = 4096  # items in flight, a worker
_MAX_FRUITLESS = 5


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive items and what came out.

    Attributes
    ----------
    items : list
    outcome : Any
        What `collect` made of the results (the list of results without one); a `Failure` for a single item whose
        worker crashed or hung.
    """

    items: list[Any]
    outcome: Any


def map_files(
    function: Callable[[Any], Any],
    items: Iterable[Any],
    *,
    workers: int | None = None,
    timeout_s: float = 120.0,
    label: str = "",
    total: int | None = None,
    progress: bool | None = None,
    dask: str | None = None,
) -> Iterator[tuple[Any, Any]]:
    """Yield ``(item, function(item))`` in input order.

    Parameters
    ----------
    function : callable
        Must be importable by name (not a lambda, not from ``__main__``) unless ``workers=0``.
    items : iterable
        Picklable; may be a generator.
    workers : int, optional
        Processes; None for one a core, 0 to run in this process (no isolation, for debugging).
    timeout_s : float
        Seconds one item may take before its worker is killed.
    label, total, progress
        What the progress report says, out of how many; ``progress=False`` shows nothing.
    dask : str, optional
        Address of the scheduler of a Dask cluster that works in place of processes of this machine (`workers` then
        says nothing); see `medcurate.dask_cluster`.

    Yields
    ------
    tuple
        The item, and its result or a `Failure` (``WORKER_CRASH``, ``TIMEOUT``, ``INTERNAL``, or the code of an
        `InputError` that the function raised).
    """
    with ProgressReport(label, total=total, show=progress is not False and bool(label)) as report:
        for chunk in map_chunks(function, items, workers=workers, timeout_s=timeout_s, dask=dask):
            results = chunk.outcome if isinstance(chunk.outcome, list) else [chunk.outcome]
            yield from zip(chunk.items, results, strict=True)
            report.advance(len(chunk.items))


def map_chunks(
    function: Callable[[Any], Any],
    items: Iterable[Any],
    *,
    collect: Callable[[list[Any]], Any] | None = None,
    workers: int | None = None,
    timeout_s: float = 120.0,
    max_chunk: int = 256,
    dask: str | None = None,
) -> Iterator[Chunk]:
    """Yield results a chunk at a time, in input order; `collect` packs the results of a chunk within its worker.

    How the items are cut into chunks depends on their speed; their order and results do not.

    Raises
    ------
    UsageError
        If `function` cannot be found by a worker, or a number is out of range.
    """
    count = count_workers(workers)
    if timeout_s <= 0:
        raise UsageError(f"timeout_s: expected seconds above 0, received {timeout_s}")
    if count == 0 and dask is None:
        yield from _inline(function, items, collect, max_chunk)
        return
    for name, target in (("function", function), ("collect", collect)):
        if target is not None and not importable(target):
            raise UsageError(
                f"{name}: expected one that a worker can import by name, received {target!r}; "
                "define it at the top of a module (not in __main__), or use workers=0"
            )
    yield from _Pool(pickle.dumps((function, collect)), iter(items), count, timeout_s, max_chunk).run()


def count_workers(workers: int | None) -> int:
    """Return how many processes to use: all cores that this process may run on, unless told."""
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 0:
        raise UsageError(f"workers: expected 0 or more, received {workers}")
    return workers


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGTERM into `KeyboardInterrupt` within the block, so that it stops as cleanly as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _inline(
    function: Callable[[Any], Any], items: Iterable[Any], collect: Callable[[list[Any]], Any] | None, max_chunk: int
) -> Iterator[Chunk]:
    source = iter(items)
    while chunk := list(islice(source, max_chunk)):
        results = [call(function, item) for item in chunk]
        yield Chunk(chunk, results if collect is None else collect(results))


class _Pool:
    """Feeds the workers, puts their answers in order, replaces those that die."""

    def __init__(self, setup: bytes, items: Iterator[Any], count: int, timeout_s: float, max_chunk: int) -> None:
        self._setup = setup
        self._items = items
        self._count = count
        self._timeout_s = timeout_s
        self._max_chunk = max_chunk
        self._workers: list[Worker] = []
        self._again: deque[Task] = deque()
        self._done: dict[int, tuple[list[Any], memoryview | Failure]] = {}
        self._done_bytes = 0
        self._taken = 0  # items taken from the input
        self._given = 0  # items yielded
        self._item_s = 0.02  # seconds an item takes, a guess at first
        self._chunk = 1
        self._exhausted = False
        self._fruitless = 0  # workers in a row that died without having begun an item

    def run(self) -> Iterator[Chunk]:
        try:
            self._workers = [Worker(self._setup) for _ in range(self._count)]
            while True:
                self._feed()
                yield from self._in_order()
                if not any(worker.tasks for worker in self._workers):
                    if self._exhausted and not self._again:
                        return
                    continue
                self._wait()
        finally:
            for worker in self._workers:
                worker.stop()

    def _feed(self) -> None:
        for queued in range(_QUEUED):
            for worker in self._workers:
                if len(worker.tasks) == queued and (task := self._next_task()) is not None:
                    worker.send(task)

    def _next_task(self) -> Task | None:
        if self._again:
            return self._again.popleft()
        behind = self._taken - self._given
        full = behind >= _WINDOW_ITEMS * self._count or self._done_bytes >= _WINDOW_BYTES
        if self._exhausted or (full and behind > 0):
            return None
        items = list(islice(self._items, self._chunk))
        if not items:
            self._exhausted = True
            return None
        task = Task(self._taken, items)
        self._taken += len(items)
        return task

    def _in_order(self) -> Iterator[Chunk]:
        while self._given in self._done:
            items, answer = self._done.pop(self._given)
            self._given += len(items)
            if isinstance(answer, Failure):
                yield Chunk(items, answer)
            else:
                self._done_bytes -= len(answer)
                yield Chunk(items, pickle.loads(answer))  # noqa: S301 - written by our own child

    def _wait(self) -> None:
        by_connection = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(by_connection), timeout=self._patience()):
            self._take(by_connection[connection])  # type: ignore[index]
        now = time.monotonic()
        for worker in list(self._workers):
            number, began = worker.at()
            if self._is_current(worker, number) and now - began > self._timeout_s and not worker.connection.poll():
                worker.stop()
                self._replace(worker, number, self._timed_out())

    def _patience(self) -> float:
        """Return the seconds until the first item at hand runs out of time."""
        now = time.monotonic()
        places = [(worker, *worker.at()) for worker in self._workers]
        first = min((began for worker, number, began in places if self._is_current(worker, number)), default=now)
        return min(max(first + self._timeout_s - now, 0.0) + 0.01, 5.0)

    def _is_current(self, worker: Worker, number: int) -> bool:
        return bool(worker.tasks) and 0 <= number - worker.tasks[0].position < len(worker.tasks[0].items)

    def _take(self, worker: Worker) -> None:
        try:
            answer = worker.receive()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if answer is None:
            return
        task, seconds, packed = answer
        self._done[task.position] = (task.items, packed)
        self._done_bytes += len(packed)
        self._item_s += 0.5 * (seconds / len(task.items) - self._item_s)
        best = int(_CHUNK_S / max(self._item_s, 1e-6))
        self._chunk = max(1, min(best, self._chunk * 2, self._max_chunk))

    def _bury(self, worker: Worker) -> None:
        """Replace a worker that died; the item at hand gets a second chance, alone, for it may be a victim only."""
        number, _ = worker.at()
        code = worker.wait()
        self._fruitless = 0 if self._is_current(worker, number) else self._fruitless + 1
        if not worker.ready or self._fruitless > _MAX_FRUITLESS:
            raise RuntimeError(f"worker processes end before they begin to work; the last one with exit code {code}")
        self._replace(worker, number, _crashed(code))

    def _replace(self, worker: Worker, number: int, failure: Failure) -> None:
        tasks, worker.tasks = worker.tasks, []
        self._workers[self._workers.index(worker)] = Worker(self._setup)
        for task in tasks:
            if not 0 <= number - task.position < len(task.items):
                self._again.append(task)
                continue
            again, item = split_task(task, number)
            self._again.extend(again)
            if failure.code is Code.TIMEOUT or task.suspect:
                self._done[number] = ([item], failure)
            else:
                self._again.append(Task(number, [item], suspect=True))

    def _timed_out(self) -> Failure:
        return Failure(
            Code.TIMEOUT,
            f"reading took longer than {self._timeout_s:g} s and was stopped; look at the file, or allow more time",
        )


def _crashed(code: int) -> Failure:
    how = f"exit code {code}"
    if code < 0:
        how = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
    return Failure(
        Code.WORKER_CRASH,
        f"the library that decodes this file ended its process ({how}), twice; the file is damaged or hostile",
    )
