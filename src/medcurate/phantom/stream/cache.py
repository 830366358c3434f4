"""Rows of many heads in a folder: made in worker processes, a file a head, so that an interrupted run goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.samples import SampleSet, Storage
from medcurate.errors import UsageError
from medcurate.parallel import Chunk, Failure, map_chunks
from medcurate.phantom.stream.head_rows import rows_of_head
from medcurate.phantom.stream.rows import ATTRIBUTES, CLASSES, ROW, SIZE, STREAM_VERSION, normalized, one_hot
from medcurate.phantom.version import PHANTOM_VERSION
from medcurate.progress import ProgressReport
from medcurate.run_folder import atomic_write, lock

FACTS = "phantoms.json"
"""What a folder holds: seed, size, versions."""
_TIMEOUT_S = 600.0
_AT_A_TIME = 2  # heads, so that little is lost when a run is stopped


@dataclass(frozen=True, slots=True)
class PhantomCache:
    """A folder of phantom slices.

    Attributes
    ----------
    folder : Path
    seed : int
        0 or more. Another seed gives other heads.

    Examples
    --------
    >>> cache = PhantomCache(Path("phantoms"), seed=0)  # doctest: +SKIP
    >>> cache.make(100)  # doctest: +SKIP
    >>> samples = cache.read(100, size=64)  # doctest: +SKIP
    """

    folder: Path
    seed: int = 0

    def make(self, heads: int, *, workers: int | None = None, progress: bool | None = None) -> int:
        """Make those of the first `heads` that are not there yet; return how many were made.

        Where none lacks, nothing is written, and another process may be making more of them.

        Parameters
        ----------
        heads : int
        workers : int, optional
            Processes; one per core where not given, 0 for this one.
        progress : bool, optional
            Show progress; where not given, on a terminal.

        Raises
        ------
        UsageError
            The folder holds phantoms of another seed or version.
        Locked
            Another process makes heads in this folder.
        OutputError
            The folder cannot be written.
        """
        if (self.folder / FACTS).exists() and not self._lacking(heads):
            self._check(self.facts())
            return 0
        with lock(self.folder):
            self._claim()
            lacking = self._lacking(heads)
            with ProgressReport("phantom heads", total=len(lacking), show=progress is not False) as report:
                make = partial(rows_of_head, self.seed)
                for chunk in map_chunks(make, lacking, workers=workers, timeout_s=_TIMEOUT_S, max_chunk=_AT_A_TIME):
                    self._write(chunk)
                    report.advance(len(chunk.items))
        return len(lacking)

    def count(self) -> int:
        """Return how many heads from the first on are there without a gap."""
        number = 0
        while self._path(number).exists():
            number += 1
        return number

    def read(self, heads: int | None = None, *, size: int = SIZE, storage: Storage | None = None) -> SampleSet:
        """Return the slices of the first heads.

        Parameters
        ----------
        heads : int, optional
            All that are there where not given.
        size : int
            Width and height (pixels): 128, or 64, 32, ... by averaging areas.
        storage : Storage, optional
            Where columns lie that outgrow memory.

        Returns
        -------
        SampleSet
            Columns ``target`` (n, size, size, 1) of uint8, ``labels``, ``labels_present``, ``attributes`` (normalized,
            see `ATTRIBUTES`) and ``attributes_present``; each head is a group.

        Raises
        ------
        UsageError
            There are fewer heads, or the size is not one of these.
        """
        if size < 1 or SIZE % size:
            raise UsageError(f"size of phantoms: expected {SIZE} or a divisor of it, received {size}")
        wanted = self.count() if heads is None else heads
        self._check(self.facts())
        lengths = [len(rows) for rows in self._files(wanted)]
        n, room = sum(lengths), storage or Storage()
        target = room.new("target", (n, size, size, 1), np.uint8)
        codes, numbers = np.zeros((n, len(CLASSES)), np.int8), np.zeros((n, len(ATTRIBUTES)), np.float32)
        head = np.zeros(n, np.int32)
        at = 0
        for rows in self._files(wanted):
            part = slice(at, at + len(rows))
            target[part, ..., 0] = reduced(rows["target"], size)
            codes[part], numbers[part], head[part] = rows["classes"], rows["attributes"], rows["head"]
            at += len(rows)
        columns: dict[str, NDArray[Any]] = {
            "target": target,
            "labels": one_hot(codes),
            "labels_present": np.ones((n, len(CLASSES)), np.float32),
            "attributes": normalized(numbers),
            "attributes_present": np.ones((n, len(ATTRIBUTES)), np.float32),
        }
        groups = tuple(f"phantom-{self.seed}-{number}" for number in head.tolist())
        return SampleSet(columns, dict(CLASSES), tuple(ATTRIBUTES), groups=groups)

    def facts(self) -> dict[str, Any]:
        """Return what a folder of this seed holds, as JSON has it."""
        return {
            "phantom_version": PHANTOM_VERSION,
            "stream_version": STREAM_VERSION,
            "seed": self.seed,
            "size": SIZE,
        }

    def _write(self, chunk: Chunk) -> None:
        outcomes = chunk.outcome if isinstance(chunk.outcome, list) else [chunk.outcome]
        for number, rows in zip(chunk.items, outcomes, strict=True):
            if isinstance(rows, Failure):
                raise UsageError(f"phantom head {number} could not be made: {rows.code} {rows.detail}")
            with atomic_write(self._path(number), durable=False) as stream:
                np.save(stream, rows, allow_pickle=False)

    def _claim(self) -> None:
        path = self.folder / FACTS
        if path.exists():
            self._check(self.facts())
            return
        with atomic_write(path) as stream:
            stream.write(json.dumps(self.facts(), indent=1).encode())

    def _check(self, wanted: Mapping[str, Any]) -> None:
        path = self.folder / FACTS
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            raise UsageError(f"{self.folder}: expected a folder of phantoms with a {FACTS}, found none") from None
        if not isinstance(found, dict) or found != wanted:
            raise UsageError(
                f"{self.folder}: expected phantoms of {dict(wanted)}, found {found}; choose another folder"
            )

    def _lacking(self, heads: int) -> list[int]:
        return [number for number in range(heads) if not self._path(number).exists()]

    def _path(self, number: int) -> Path:
        return self.folder / "heads" / f"{number:06d}.npy"

    def _files(self, heads: int) -> Iterator[NDArray[np.void]]:
        for number in range(heads):
            path = self._path(number)
            try:
                rows = np.load(path, mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError) as error:
                raise UsageError(f"{path}: expected the slices of a phantom head ({error})") from None
            if rows.dtype != ROW or rows.ndim != 1:
                raise UsageError(f"{path}: expected rows of the stream of phantoms, received {rows.dtype}")
            yield rows


def reduced(pictures: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return smaller pictures by averaging areas, shape (n, size, size)."""
    if pictures.shape[1] == size:
        return pictures
    found = np.empty((len(pictures), size, size), np.uint8)
    for place, picture in enumerate(pictures):
        found[place] = cv2.resize(np.ascontiguousarray(picture), (size, size), interpolation=cv2.INTER_AREA)
    return found
