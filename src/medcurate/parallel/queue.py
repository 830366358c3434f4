"""Divide the input into tasks and return the answers in input order, for local workers and clusters alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias

from medcurate.parallel.worker import Failure, Task

Answer: TypeAlias = tuple[list[Any], bytes | memoryview | Failure]
"""Consecutive items and their pickled results, or a single item and its failure."""

WINDOW_BYTES = 64 * 2**20  # results that wait for earlier ones


class TaskQueue:
    """Reads the input only as far as needed, in chunks whose size follows the speed of the items.

    Parameters
    ----------
    items : iterator
        Of any length.
    chunk_s : float
        Target duration of a chunk (seconds).
    max_chunk : int
        Largest number of items per chunk.
    max_items : int
        Largest number of items in flight or waiting for earlier results.
    start : int
        Number of the first item.
    chunk : int
        Number of items in the first chunk.
    """

    def __init__(
        self, items: Iterator[Any], *, chunk_s: float, max_chunk: int, max_items: int, start: int = 0, chunk: int = 1
    ) -> None:
        self.again: deque[Task] = deque()  # tasks to repeat, before any new one
        self.exhausted = False
        self._items = items
        self._chunk_s = chunk_s
        self._max_chunk = max_chunk
        self._max_items = max_items
        self._done: dict[int, tuple[list[Any], bytes | memoryview | Failure]] = {}
        self._done_bytes = 0
        self._taken = start  # items taken from the input
        self._given = start  # items yielded
        self._item_s = 0.02  # seconds per item, a guess at first
        self._chunk = chunk

    def next_task(self) -> Task | None:
        """Return the next chunk; None if there is none (yet)."""
        if self.again:
            return self.again.popleft()
        behind = self._taken - self._given
        full = behind >= self._max_items or self._done_bytes >= WINDOW_BYTES
        if self.exhausted or (full and behind > 0):
            return None
        items = list(islice(self._items, self._chunk))
        if not items:
            self.exhausted = True
            return None
        task = Task(self._taken, items)
        self._taken += len(items)
        return task

    def put(self, position: int, items: list[Any], answer: bytes | memoryview | Failure) -> None:
        """Store a pickled answer, or the failure of a single item."""
        self._done[position] = (items, answer)
        if not isinstance(answer, Failure):
            self._done_bytes += len(answer)

    def learn(self, item_s: float) -> None:
        """Adapt the size of future chunks to the measured seconds per item."""
        self._item_s += 0.5 * (item_s - self._item_s)
        best = int(self._chunk_s / max(self._item_s, 1e-6))
        self._chunk = max(1, min(best, self._chunk * 2, self._max_chunk))

    def in_order(self) -> Iterator[Answer]:
        """Yield the answers that are next in input order."""
        while self._given in self._done:
            items, answer = self._done.pop(self._given)
            self._given += len(items)
            if not isinstance(answer, Failure):
                self._done_bytes -= len(answer)
            yield items, answer
