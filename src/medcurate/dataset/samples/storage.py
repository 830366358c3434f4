"""Where columns lie: small ones in memory, large ones in files that the system pages in and out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from medcurate.run_folder import output_errors

IN_MEMORY_BYTES = 2**30
"""A larger column lies in a file."""
_ROWS = 256  # copied at a time


@dataclass(frozen=True, slots=True)
class Storage:
    """Makes room for columns.

    Attributes
    ----------
    folder : Path, optional
        Where the files ``NAME.raw`` of large columns go; None keeps every column in memory.
    limit : int, optional
        Bytes of the largest column that is held in memory; `IN_MEMORY_BYTES` where not given.
    """

    folder: Path | None = None
    limit: int | None = None

    def new(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of zeros.

        Raises
        ------
        OutputError
            Its file cannot be written.
        """
        limit = IN_MEMORY_BYTES if self.limit is None else self.limit
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if self.folder is None or size <= limit or not size:
            return np.zeros(shape, dtype)
        with output_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            return np.memmap(self.folder / f"{name}.raw", dtype, "w+", shape=shape)

    def taken(self, name: str, column: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return some rows of a column, copied a few at a time."""
        found = self.new(name, (len(rows), *column.shape[1:]), column.dtype)
        for at in range(0, len(rows), _ROWS):
            found[at : at + _ROWS] = column[rows[at : at + _ROWS]]
        return found
