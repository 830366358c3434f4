"""The input cut into tasks, and the answers put back in its order: the same for local workers and for a cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias

from medcurate.parallel.worker import Failure, Task

Answer: TypeAlias = tuple[list[Any], bytes | memoryview | Failure]
"""Consecutive items and their pickled results, or a single item and its failure."""

WINDOW_BYTES = 64 * 2**20  # results that wait for their turn


class TaskQueue:
    """Takes the input only as far as needed, in chunks that grow or shrink with the speed of the items.

    Parameters
    ----------
    items : iterator
        May be of any length.
    chunk_s : float
        Seconds of work that a chunk is meant to be.
    max_chunk : int
        Items of a chunk, at most.
    max_items : int
        Items in flight or waiting for their turn, at most.
    start : int
        Number of the first item.
    chunk : int
        Items of the first chunk.
    """

    def __init__(
        self, items: Iterator[Any], *, chunk_s: float, max_chunk: int, max_items: int, start: int = 0, chunk: int = 1
    ) -> None:
        self.again: deque[Task] = deque()  # what must be done a second time, before anything new
        self.exhausted = False
        self._items = items
        self._chunk_s = chunk_s
        self._max_chunk = max_chunk
        self._max_items = max_items
        self._done: dict[int, tuple[list[Any], bytes | memoryview | Failure]] = {}
        self._done_bytes = 0
        self._taken = start  # items taken from the input
        self._given = start  # items yielded
        self._item_s = 0.02  # seconds an item takes, a guess at first
        self._chunk = chunk

    def next_task(self) -> Task | None:
        """Return the next chunk to work on; None if there is none (yet)."""
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
        """Take an answer, pickled, or the failure of a single item."""
        self._done[position] = (items, answer)
        if not isinstance(answer, Failure):
            self._done_bytes += len(answer)

    def learn(self, item_s: float) -> None:
        """Set the size of the chunks to come by the seconds that an item took."""
        self._item_s += 0.5 * (item_s - self._item_s)
        best = int(self._chunk_s / max(self._item_s, 1e-6))
        self._chunk = max(1, min(best, self._chunk * 2, self._max_chunk))

    def in_order(self) -> Iterator[Answer]:
        """Yield the answers whose turn it is."""
        while self._given in self._done:
            items, answer = self._done.pop(self._given)
            self._given += len(items)
            if not isinstance(answer, Failure):
                self._done_bytes -= len(answer)
            yield items, answer
