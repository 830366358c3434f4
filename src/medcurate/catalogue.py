"""The catalogue: one row an image, volume or mask; a Parquet file that is read a batch at a time."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medcurate.errors import UsageError

FILE_NAME = "catalogue.parquet"
ROW_GROUP = 32_768
"""Rows of a row group: what a reader must hold in memory at a time."""

_TEXT = pa.string()
SCHEMA = pa.schema(
    [
        ("image_id", _TEXT),
        ("source", _TEXT),
        ("path", _TEXT),
        ("frame", pa.int32()),
        ("format", _TEXT),
        ("kind", _TEXT),
        ("modality", _TEXT),
        ("contrast", _TEXT),
        ("tumor", _TEXT),
        ("patient_id", _TEXT),
        ("series_id", _TEXT),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("depth", pa.int32()),
        ("spacing_mm", pa.list_(pa.float64())),
        ("bit_depth", pa.int16()),
        ("plane", _TEXT),
        ("plane_evidence", _TEXT),
        ("plane_confidence", pa.float64()),
        ("obliquity_deg", pa.float64()),
        ("file_sha256", _TEXT),
        ("perceptual_hash", _TEXT),
        ("duplicate_of", _TEXT),
        ("duplicate_kind", _TEXT),
        ("mask_of", _TEXT),
        ("split", _TEXT),
        ("license", _TEXT),
        ("origin", _TEXT),
        ("status", _TEXT),
        ("reason", _TEXT),
        ("notes", _TEXT),
        ("patient_group", _TEXT),
        ("patient_group_by", _TEXT),
        ("fold", pa.int16()),
        ("position", pa.float64()),
        ("mask_area", pa.float64()),
        ("sharpness", pa.float64()),
        ("original_path", _TEXT),
        ("original_frame", pa.int32()),
        ("original_id", _TEXT),
        ("steps", _TEXT),
    ]
)
"""Columns in file order. A value that is not known is null.

``notes`` holds codes with a blank between them, or ''. Rows of one ``patient_group`` never part at a split;
``patient_group_by`` says what it rests on (``patient``, ``inferred``, ``image``). ``position`` is the place of a slice
in its stack, 0 at one end and 1 at the other; ``mask_area`` the share of pixels within the mask, ``sharpness`` the
variance of the Laplacian over that of the image. In a dataset folder ``path`` is the file in it, ``original_path``,
``original_frame`` and ``original_id`` say where it comes from, and ``steps`` (JSON) what was done to it.
"""

# Nearly every value of these is different: a dictionary would cost memory and gain nothing.
_UNIQUE = frozenset({"image_id", "path", "file_sha256"})


def write(stream: BinaryIO, batches: Iterable[pa.RecordBatch | pa.Table]) -> int:
    """Write rows to an open binary stream and return their number.

    The same rows give the same bytes, however they are cut into batches: row groups have a fixed size, and nothing of
    the time or the machine is written.

    Raises
    ------
    ValueError
        If a batch does not have `SCHEMA`.
    """
    rows = 0
    dictionary = [name for name in SCHEMA.names if name not in _UNIQUE and name != "spacing_mm"]
    with pq.ParquetWriter(stream, SCHEMA, compression="zstd", compression_level=1, use_dictionary=dictionary) as writer:
        for table in _regroup(batches):
            writer.write_table(table, row_group_size=ROW_GROUP)
            rows += table.num_rows
    return rows


def _regroup(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[pa.Table]:
    """Yield tables of exactly `ROW_GROUP` rows, and the rest."""
    waiting: list[pa.Table] = []
    count = 0
    for batch in batches:
        table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        if not table.schema.equals(SCHEMA):
            raise ValueError(f"expected the columns of the catalogue, received {table.schema.names}")
        waiting.append(table)
        count += table.num_rows
        while count >= ROW_GROUP:
            joined = pa.concat_tables(waiting)
            yield joined.slice(0, ROW_GROUP).combine_chunks()
            waiting = [joined.slice(ROW_GROUP)]
            count -= ROW_GROUP
    if count:
        yield pa.concat_tables(waiting).combine_chunks()


@dataclass(frozen=True)
class Catalogue:
    """A catalogue on disk, or the rows of it that equal something.

    Rows are read when they are asked for, a batch at a time, so that a catalogue may be larger than memory.

    Parameters
    ----------
    path : Path
        The Parquet file.
    where : mapping of str to value
        Column and value that the rows must have; see `filter`.

    Examples
    --------
    >>> catalogue = Catalogue.open("out")  # doctest: +SKIP
    >>> catalogue.filter(plane="axial", status="kept").to_table(["path", "plane_confidence"])  # doctest: +SKIP
    """

    path: Path
    where: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | str) -> Catalogue:
        """Open a catalogue, or the one in a folder, and check its columns.

        Raises
        ------
        UsageError
            If there is none, it is not a Parquet file, or a column is missing or has another type.
        """
        file = Path(path)
        file = file / FILE_NAME if file.is_dir() else file
        try:
            schema = pq.read_schema(file)
        except FileNotFoundError:
            raise UsageError(f"no catalogue at {file}: expected one that `medcurate scan` wrote") from None
        except (OSError, pa.ArrowException) as error:
            what = type(error).__name__
            raise UsageError(f"{file} is not a Parquet file that can be read ({what}): scan again") from error
        _check(file, schema)
        return cls(file)

    def filter(self, **equals: object) -> Catalogue:
        """Return the rows whose columns equal these values (None for not known); nothing is read yet.

        Raises
        ------
        UsageError
            If there is no such column.
        """
        for name in equals:
            if name not in SCHEMA.names:
                raise UsageError(f"no column {name!r} in the catalogue: expected one of {', '.join(SCHEMA.names)}")
        return Catalogue(self.path, {**self.where, **equals})

    def batches(self, columns: Sequence[str] | None = None, *, rows: int = 8192) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order, at most `rows` at a time, with these columns (default: all)."""
        wanted = list(SCHEMA.names if columns is None else columns)
        needed = list(dict.fromkeys([*wanted, *self.where]))
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(batch_size=rows, columns=needed):
                kept = batch.filter(self._mask(batch)) if self.where else batch
                if kept.num_rows:
                    yield kept.select(wanted)

    def to_table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows as one Arrow table in memory."""
        wanted = list(SCHEMA.names if columns is None else columns)
        schema = pa.schema([SCHEMA.field(name) for name in wanted])
        return pa.Table.from_batches(list(self.batches(wanted)), schema=schema)

    def counts(self, column: str) -> dict[str, int]:
        """Return how many rows have each value of `column`, sorted by value; not known counts as ''."""
        total: dict[str, int] = {}
        for batch in self.batches([column]):
            for entry in pc.value_counts(batch.column(0)).to_pylist():
                name = "" if entry["values"] is None else str(entry["values"])
                total[name] = total.get(name, 0) + entry["counts"]
        return dict(sorted(total.items()))

    def __len__(self) -> int:
        if not self.where:
            return int(pq.read_metadata(self.path).num_rows)
        return sum(batch.num_rows for batch in self.batches(["kind"]))

    def __repr__(self) -> str:
        chosen = "".join(f", {name}={value!r}" for name, value in self.where.items())
        return f"Catalogue({str(self.path)!r}, {len(self):,} rows{chosen})"

    def _repr_html_(self) -> str:
        """Show the counts and the first rows in a notebook."""
        shown = ["path", "frame", "kind", "modality", "tumor", "plane", "plane_confidence", "status", "notes"]
        summary = "; ".join(
            f"{name}: " + ", ".join(f"{value or 'not known'} {count:,}" for value, count in self.counts(name).items())
            for name in ("kind", "plane", "tumor")
        )
        first = next(self.batches(shown, rows=10), None)
        rows = [] if first is None else first.slice(0, 10).to_pylist()
        head = "".join(f"<th>{name}</th>" for name in shown)
        body = "".join("<tr>" + "".join(f"<td>{_cell(row[name])}</td>" for name in shown) + "</tr>" for row in rows)
        return (
            f"<p><b>Catalogue</b>, {len(self):,} rows. {html.escape(summary)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _mask(self, batch: pa.RecordBatch) -> pa.Array:
        mask = pa.array([True] * batch.num_rows)
        for name, value in self.where.items():
            column = batch.column(name)
            mask = pc.and_(mask, pc.is_null(column) if value is None else pc.fill_null(pc.equal(column, value), False))
        return mask


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else html.escape(str(value))


def _check(file: Path, schema: pa.Schema) -> None:
    for wanted in SCHEMA:
        position = schema.get_field_index(wanted.name)
        if position < 0:
            raise UsageError(f"{file} has no column {wanted.name!r}: it is no catalogue of this version, scan again")
        found = schema.field(position).type
        if not found.equals(wanted.type):
            raise UsageError(
                f"{file}: column {wanted.name!r} has type {found}, expected {wanted.type}; "
                "it was changed by another program, scan again"
            )
