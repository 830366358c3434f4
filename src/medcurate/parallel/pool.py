"""Worker processes on this machine: supplied with tasks, monitored, and replaced when they crash or hang."""

from __future__ import annotations

import signal
import time
from collections.abc import Generator, Iterator
from multiprocessing.connection import wait
from typing import Any

from medcurate.errors import Code
from medcurate.parallel.queue import Answer, TaskQueue
from medcurate.parallel.worker import Failure, Task, Worker, split_task

_CHUNK_S = 0.05  # seconds of work per chunk: long compared with the cost of sending it, short for a user
_QUEUED = 2  # chunks per worker at a time, so that it never waits for the parent
_WINDOW_ITEMS = 4096  # items in flight per worker
_MAX_FRUITLESS = 5


class WorkerPool:
    """Sends tasks to the workers, returns their answers in order, replaces workers that die.

    Parameters
    ----------
    setup : bytes
        Pickled ``(function, collect)``.
    workers : list of Worker or int
        Number of workers to start and stop, or existing workers to use and leave running. Workers that die are replaced
        in the list.
    timeout_s : float
        Seconds allowed per item.
    max_chunk : int
        Largest number of items per chunk.
    chunk : int
        Number of items in the first chunk.

    Attributes
    ----------
    busy_s : float
        Total working time of the workers for the answers so far (seconds).
    """

    def __init__(
        self,
        setup: bytes,
        items: Iterator[Any],
        workers: list[Worker] | int,
        timeout_s: float,
        max_chunk: int,
        chunk: int = 1,
    ) -> None:
        self.busy_s = 0.0
        self._setup = setup
        self._timeout_s = timeout_s
        self._fruitless = 0  # consecutive workers that died before they began an item
        self._to_start = workers if isinstance(workers, int) else 0
        self._workers = [] if isinstance(workers, int) else workers
        # A worker shows the number of its current item; a reused worker still shows an old one.
        start = max((worker.at()[0] + 1 for worker in self._workers), default=0)
        max_items = _WINDOW_ITEMS * (self._to_start + len(self._workers))
        self._queue = TaskQueue(
            items, chunk_s=_CHUNK_S, max_chunk=max_chunk, max_items=max_items, start=start, chunk=chunk
        )

    def run(self) -> Generator[Answer, None, None]:
        """Yield items and their pickled results, or a single item and its failure, in input order.

        Raises
        ------
        RuntimeError
            If workers end before they begin to work, or cannot load the function.
        """
        try:
            self._workers.extend(Worker(self._setup) for _ in range(self._to_start))
            while True:
                self._feed()
                yield from self._queue.in_order()
                if not any(worker.tasks for worker in self._workers):
                    if self._queue.exhausted and not self._queue.again:
                        return
                    continue
                self._wait()
        finally:
            if self._to_start:
                for worker in self._workers:
                    worker.stop()

    def _feed(self) -> None:
        for queued in range(_QUEUED):
            for worker in self._workers:
                if len(worker.tasks) == queued and (task := self._queue.next_task()) is not None:
                    worker.send(task)

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
        """Return the seconds until the first current item times out."""
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
        self.busy_s += seconds
        self._queue.put(task.position, task.items, packed)
        self._queue.learn(seconds / len(task.items))

    def _bury(self, worker: Worker) -> None:
        """Replace a worker that died; its current item gets a second try, alone, because it may not be the cause."""
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
                self._queue.again.append(task)
                continue
            again, item = split_task(task, number)
            self._queue.again.extend(again)
            if failure.code is Code.TIMEOUT or task.suspect:
                self._queue.put(number, [item], failure)
            else:
                self._queue.again.append(Task(number, [item], suspect=True))

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
