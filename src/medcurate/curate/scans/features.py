"""The features that a scan took, read back a part at a time beside the rows of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, SCHEMA, Catalogue
from medcurate.curate.scans.file_lines import Features
from medcurate.curate.scans.parts import count_rows, feature_rows, part_files, read_features


@dataclass(frozen=True, slots=True)
class FeaturePart:
    """Some consecutive rows of the catalogue, and the features of their images; see `medcurate.curate.scanning`."""

    first_row: int
    rows: pa.Table
    features: Features
    feature_row: NDArray[np.int64]


class ScanParts:
    """The rows and features of a scan, a part at a time; see `medcurate.curate.scanning`."""

    def __init__(self, out: Path) -> None:
        self._catalogue = Catalogue.open(out / FILE_NAME)
        self._files = part_files(out)
        self._counts = [count_rows(path) for path in self._files]
        self.n_rows = sum(self._counts)
        if self.n_rows != len(self._catalogue):
            raise RuntimeError(f"{out}: the catalogue and the parts of its scan differ; scan again")

    @classmethod
    def open(cls, out: Path) -> ScanParts:
        """Open what ``scan(..., out, features=True)`` left in `out`."""
        return cls(out)

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return len(self._files)

    def __iter__(self) -> Iterator[FeaturePart]:
        from medcurate.curate.measures.plane_features import N_FEATURES

        take = _taker(self._catalogue)
        first = 0
        for path, count in zip(self._files, self._counts, strict=True):
            features = read_features(path)
            empty: Features = np.empty((0, N_FEATURES), np.float16)
            rows = np.empty(0, np.int64) if features is None else feature_rows(path)
            yield FeaturePart(first, take(count), empty if features is None else features, rows)
            first += count


def _taker(catalogue: Catalogue) -> Callable[[int], pa.Table]:
    """Return a function that gives the next so many rows of a catalogue."""
    batches: Iterator[pa.RecordBatch] = catalogue.batches()
    waiting: list[pa.RecordBatch] = []

    def take(count: int) -> pa.Table:
        taken: list[pa.RecordBatch] = []
        while count:
            batch = waiting.pop() if waiting else next(batches)
            taken.append(batch.slice(0, count))
            if batch.num_rows > count:
                waiting.append(batch.slice(count))
            count -= taken[-1].num_rows
        return pa.Table.from_batches(taken, schema=SCHEMA)

    return take
