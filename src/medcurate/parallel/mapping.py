"""One map over many files, in worker processes: a crash or hang loses only the current file.

The results come in input order and do not depend on the number of workers. Items may come from a generator of any
length; a bounded number is in flight at a time.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from medcurate.errors import UsageError
from medcurate.parallel.pool import WorkerPool
from medcurate.parallel.queue import Answer
from medcurate.parallel.worker import Failure, call, importable
from medcurate.progress import ProgressReport

__all__ = ["Chunk", "Failure", "count_workers", "interruptible", "map_chunks", "map_files"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive items and their outcome.

    Attributes
    ----------
    outcome : Any
        The return value of `collect` (without `collect`, the list of results); a `Failure` for a single item whose
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
        Number of processes; None for one per core, 0 to run in this process (no isolation, for debugging).
    timeout_s : float
        Seconds allowed per item before its worker is killed.
    label, total, progress
        Label and number of items of the progress report; ``progress=False`` shows nothing.
    dask : str, optional
        Address of the scheduler of a Dask cluster, used instead of processes on this machine (`workers` is then
        ignored); see `medcurate.parallel.dask_cluster`.

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
    """Yield results chunk by chunk, in input order; `collect` packs the results of a chunk in the worker.

    The chunk sizes depend on speed; order and results do not. Parameters are those of `map_files`.

    Raises
    ------
    UsageError
        If a worker cannot import `function`, a number is out of range, or the Dask cluster does not answer.
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
    setup = pickle.dumps((function, collect))
    answers: Generator[Answer, None, None]
    if dask is None:
        answers = WorkerPool(setup, iter(items), count, timeout_s, max_chunk).run()
    else:
        from medcurate.parallel.dask_cluster import map_on_cluster

        answers = map_on_cluster(dask, setup, iter(items), timeout_s=timeout_s, max_chunk=max_chunk)
    with closing(answers):
        for some, answer in answers:
            # Written by our own children.
            yield Chunk(some, answer if isinstance(answer, Failure) else pickle.loads(answer))  # noqa: S301


def count_workers(workers: int | None) -> int:
    """Return the number of processes; the default is all cores that this process may use."""
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 0:
        raise UsageError(f"workers: expected 0 or more, received {workers}")
    return workers


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGTERM into `KeyboardInterrupt` within the block, so that it stops as cleanly as Ctrl-C."""
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
