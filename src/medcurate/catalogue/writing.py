"""Write the catalogue: equal rows give equal bytes, in one file or in parts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from medcurate.catalogue.table import LAST_PART, SCHEMA, part_path

ROW_GROUP = 32_768
"""Rows per row group: a reader holds one group in memory at a time."""
PART_ROWS = 1_048_576
"""Rows per part by default, where a catalogue is a folder of parts."""

# Nearly every value of these columns is different: a dictionary would cost memory and gain nothing.
_UNIQUE = frozenset({"image_id", "path", "file_sha256"})


def write(stream: BinaryIO, batches: Iterable[pa.RecordBatch | pa.Table]) -> int:
    """Write rows to an open binary stream and return their number.

    Equal rows give equal bytes, however they are divided into batches: row groups have a fixed size, and neither the
    time nor the machine is recorded.

    Raises
    ------
    ValueError
        If a batch does not have `SCHEMA`.
    """
    source = _Source(batches)
    with _writer(stream) as writer:
        return _write(writer, source, None)


def write_parts(folder: Path, batches: Iterable[pa.RecordBatch | pa.Table], *, rows: int = PART_ROWS) -> int:
    """Write rows to an empty folder, `rows` per part, and return their number; equal rows give equal bytes.

    Raises
    ------
    ValueError
        If a batch does not have `SCHEMA`, or `rows` is below 1.
    """
    if rows < 1:
        raise ValueError(f"rows: expected 1 or more, received {rows}")
    source = _Source(batches)
    total = number = 0
    while True:
        with part_path(folder, number).open("xb") as stream, _writer(stream) as writer:
            total += _write(writer, source, rows)
            if source.ended:
                writer.add_key_value_metadata(LAST_PART)  # so that a truncated folder is detected
                return total
        number += 1


def _writer(stream: BinaryIO) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        stream,
        SCHEMA,
        compression="zstd",
        compression_level=1,
        use_dictionary=[item.name for item in SCHEMA if item.name not in _UNIQUE and not pa.types.is_nested(item.type)],
        write_page_checksum=True,
    )


def _write(writer: pq.ParquetWriter, source: _Source, rows: int | None) -> int:
    """Write at most `rows` rows, in row groups of a fixed size."""
    written = 0
    while table := source.take(ROW_GROUP if rows is None else min(ROW_GROUP, rows - written)):
        writer.write_table(table, row_group_size=ROW_GROUP)
        written += table.num_rows
    return written


class _Source:
    """Regroups rows into portions of another size."""

    def __init__(self, batches: Iterable[pa.RecordBatch | pa.Table]) -> None:
        self._batches = iter(batches)
        self._waiting = SCHEMA.empty_table()

    @property
    def ended(self) -> bool:
        self._fill(1)
        return bool(self._waiting.num_rows == 0)

    def take(self, count: int) -> pa.Table | None:
        """Return exactly `count` rows, fewer at the end; None after it, or if there are none."""
        self._fill(count)
        if not count or not self._waiting.num_rows:
            return None
        taken = self._waiting.slice(0, count).combine_chunks()
        self._waiting = self._waiting.slice(count)
        return taken

    def _fill(self, count: int) -> None:
        tables = [self._waiting]
        found = self._waiting.num_rows
        while found < count and (batch := next(self._batches, None)) is not None:
            table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
            if not table.schema.equals(SCHEMA):
                raise ValueError(f"expected the columns of the catalogue, received {table.schema.names}")
            tables.append(table)
            found += table.num_rows
        self._waiting = pa.concat_tables(tables)
