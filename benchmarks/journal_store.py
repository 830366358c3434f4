"""The journal beside SQLite: seconds to put many small and some large values, to open, and to read a few rows.

Both keep what was put when the process is killed (SQLite: a commit per put, no wait for the disk), and both notice
damage to a value when they are opened (SQLite: a BLAKE2b column, checked in one pass). The two take turns, in rounds.
It prints the median of the CPU time and of the elapsed time.

    python -m benchmarks.journal_store --rounds 3
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from time import perf_counter, process_time
from typing import Protocol

from medcurate.journal.store import Journal

ROW = 9216  # bytes of a thumbnail


class Store(Protocol):
    """What both offer."""

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value."""

    def part(self, key: bytes, start: int, stop: int) -> bytes:
        """Return a part of a value."""

    def close(self) -> None:
        """Close the file."""


class Table:
    """The same on SQLite."""

    def __init__(self, path: Path, version: str) -> None:
        self._base = sqlite3.connect(path)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("CREATE TABLE IF NOT EXISTS items (key BLOB PRIMARY KEY, sum BLOB, value BLOB)")
        self._secret = blake2b(version.encode()).digest()
        for _, checksum, value in self._base.execute("SELECT key, sum, value FROM items"):
            if self._sum(value) != checksum:
                raise ValueError("damaged")

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value."""
        self._base.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", (key, self._sum(value), value))
        self._base.commit()

    def part(self, key: bytes, start: int, stop: int) -> bytes:
        """Return a part of a value."""
        query = "SELECT substr(value, ?, ?) FROM items WHERE key = ?"
        (found,) = self._base.execute(query, (start + 1, stop - start, key)).fetchone()
        return bytes(found)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _sum(self, value: bytes) -> bytes:
        return blake2b(value, digest_size=16, key=self._secret).digest()


def main() -> None:
    """Measure both, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=100_000, help="values of 100 bytes")
    parser.add_argument("--large", type=int, default=1_000, help="values of 1 MiB")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    times: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(options.rounds):
        for name, kind in (("journal", Journal), ("SQLite", Table)):
            for step, cpu, wall in measure(kind, options.small, options.large):
                times.setdefault((step, name), []).append((cpu, wall))
    print(f"{'step':40} {'store':8} {'CPU s':>8} {'wall s':>8}")
    for (step, name), found in sorted(times.items()):
        cpu, wall = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"{step:40} {name:8} {cpu:8.2f} {wall:8.2f}")


def measure(kind: Callable[[Path, str], Store], small: int, large: int) -> Iterator[tuple[str, float, float]]:
    """Yield each step with its CPU and elapsed seconds."""
    value = bytes(range(256)) * 4096
    with tempfile.TemporaryDirectory() as folder:
        for size, count in ((100, small), (len(value), large)):
            path = Path(folder) / f"{size}"
            store = kind(path, "1")
            content = value[:size]

            def fill(store: Store = store, count: int = count, content: bytes = content) -> None:
                for number in range(count):
                    store.put(b"%d" % number, content)

            yield f"put {count:,} values of {size:,} bytes", *timed(fill)
            store.close()
            opened: list[Store] = []
            yield f"open {count:,} values of {size:,} bytes", *timed(lambda p=path, o=opened: o.append(kind(p, "1")))  # type: ignore[misc]
            store = opened[0]
            if size > ROW:

                def read(store: Store = store, count: int = count) -> None:
                    for number in range(10_000):
                        start = number % 100 * ROW
                        store.part(b"%d" % (number * 7919 % count), start, start + ROW)

                yield f"read 10,000 rows of {ROW:,} bytes", *timed(read)
            store.close()


def timed(function: Callable[[], object]) -> tuple[float, float]:
    """Return CPU and elapsed seconds of a call."""
    cpu, wall = process_time(), perf_counter()
    function()
    return process_time() - cpu, perf_counter() - wall


if __name__ == "__main__":
    main()
