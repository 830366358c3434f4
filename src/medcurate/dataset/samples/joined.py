"""Rows of several sets of examples as one, without copying them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.dataset.samples.sample_set import SampleSet


class JoinedSamples:
    """Rows of several sets, one set after the other; only rows that are asked for are read.

    Parameters
    ----------
    parts : sequence of (SampleSet, array_like of int)
        Sets, and the rows of each that are taken.

    Raises
    ------
    ValueError
        There is no set.
    """

    def __init__(self, parts: Sequence[tuple[SampleSet, ArrayLike]]) -> None:
        if not parts:
            raise ValueError("parts: expected one or more sets, received none")
        rows = [np.asarray(chosen, np.int64) for _, chosen in parts]
        self._length = sum(map(len, rows))
        shared = set.intersection(*(set(samples.columns) for samples, _ in parts))
        self.columns: Mapping[str, Any] = {
            name: _JoinedColumn([samples.columns[name] for samples, _ in parts], rows) for name in sorted(shared)
        }

    def __len__(self) -> int:
        return self._length


class _JoinedColumn:
    """One column; indexed by an array of row numbers."""

    def __init__(self, columns: Sequence[NDArray[Any]], rows: Sequence[NDArray[np.int64]]) -> None:
        self._columns = columns
        self._part = np.repeat(np.arange(len(rows)), [len(chosen) for chosen in rows])
        self._row = np.concatenate(rows)

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        return np.stack([self._columns[self._part[row]][self._row[row]] for row in rows.tolist()])
