"""The rows of the catalogue as they were decided, kept in a temporary file: they are decided once and read often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Self

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.run_folder import output_errors


class DecidedRows:
    """Batches of rows on disk, in the order of the catalogue. Use it as a context manager.

    Parameters
    ----------
    folder : Path
        Where the temporary file lies. No other process sees it, and it ends with this one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with output_errors(folder):
            self._file = TemporaryFile(prefix=".", suffix=".tmp", dir=folder)  # noqa: SIM115 - closed by __exit__
        self._ends = [0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def keep(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Keep batches as they pass by."""
        for batch in batches:
            with output_errors(self._folder):
                self._file.seek(self._ends[-1])
                self._ends.append(self._ends[-1] + self._file.write(batch.serialize()))
            yield batch

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the batches, all columns or some."""
        for start, end in zip(self._ends, self._ends[1:], strict=False):
            with output_errors(self._folder):
                self._file.seek(start)
                content = self._file.read(end - start)
            batch = pa.ipc.read_record_batch(pa.py_buffer(content), SCHEMA)
            yield batch if columns is None else batch.select(list(columns))
