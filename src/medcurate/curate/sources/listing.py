"""The files of an input, listed once: the file system is walked one time, however many stages need the files."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self

from medcurate.curate.sources.archives import Member
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.errors import Code
from medcurate.run_folder import output_errors

_BLOCK = 64  # entries per block
_IN_MEMORY = 4 * 2**20  # bytes, about 15,000 entries; more lie in a temporary file

Entry = Item | Skipped


class Listing:
    """What a walk finds, for any number of readers.

    The walk goes on as far as the foremost reader asks for; the others read what was kept of it. Each iteration begins
    at the first entry, and iterations may run in several threads. Use it as a context manager.

    Parameters
    ----------
    walk : iterable of Item or Skipped
        From `medcurate.curate.sources.inputs.walk`; it is gone through once.
    folder : Path
        Where the temporary file lies if one is needed. No other process sees it, and it ends with this one.
    """

    def __init__(self, walk: Iterable[Entry], folder: Path) -> None:
        self._walk = iter(walk)
        self._folder = folder
        self._kept = SpooledTemporaryFile(_IN_MEMORY, prefix=".", suffix=".tmp", dir=str(folder))  # noqa: SIM115
        self._ends = [0]  # places in the file where a block ends, and the next one begins
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.close()

    def __iter__(self) -> Iterator[Entry]:
        number = 0
        while block := self._block(number):
            yield from map(_unpacked, json.loads(block))
            number += 1

    def _block(self, number: int) -> bytes:
        """Return a block of entries as JSON, empty at the end of the walk."""
        with self._lock:
            if number + 1 == len(self._ends):
                self._walk_on()
            if number + 1 == len(self._ends):
                return b""
            self._kept.seek(self._ends[number])
            return bytes(self._kept.read(self._ends[number + 1] - self._ends[number]))

    def _walk_on(self) -> None:
        if self._error is not None:  # one reader has seen it: for the others the walk did not just end
            raise self._error
        try:
            entries = [_packed(entry) for entry in islice(self._walk, _BLOCK)]
            if entries:
                with output_errors(self._folder):
                    self._kept.seek(self._ends[-1])
                    self._ends.append(self._ends[-1] + self._kept.write(json.dumps(entries).encode("ascii")))
        except BaseException as error:
            self._error = error
            raise


def _packed(entry: Entry) -> list[Any]:
    if isinstance(entry, Skipped):
        return [entry.source, entry.path, entry.code.value, entry.message, entry.rejected]
    member = entry.member
    about = (
        [] if member is None else [member.name, member.offset, member.packed, member.size, member.crc, member.method]
    )
    return [entry.source, entry.path, entry.size, entry.mtime_ns, entry.location, entry.archive_bytes, *about]


def _unpacked(values: list[Any]) -> Entry:
    if len(values) == 5:
        source, path, code, message, rejected = values
        return Skipped(source, path, Code(code), message, rejected)
    source, path, size, mtime_ns, location, archive_bytes, *about = values
    return Item(source, path, size, mtime_ns, location, archive_bytes, Member(*about) if about else None)
