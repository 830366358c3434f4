"""The catalogue: one row per image, volume or mask, in a Parquet file that is read a batch at a time.

A large catalogue may be a folder of such files (``catalogue.parquet/part-00000.parquet``, ...), used in the same way.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medcurate.catalogue.filter import Condition, Where, conditions, describe, expression
from medcurate.errors import UsageError

FILE_NAME = "catalogue.parquet"
LAST_PART = {"medcurate": "last part"}
"""Metadata key of the last part, by which a truncated folder is detected."""
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
        ("derived_from", pa.list_(_TEXT)),
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
"""Columns in file order. Unknown values are null.

``notes`` holds codes separated by blanks, or ''. Rows of one ``patient_group`` always share a split;
``patient_group_by`` says how it was formed (``patient``, ``inferred``, ``image``). ``position`` is the place of a slice
in its stack, 0 at one end and 1 at the other; ``mask_area`` the share of pixels within the mask, ``sharpness`` the
variance of the Laplacian over that of the image. In a dataset folder ``path`` is the file in it, ``original_path``,
``original_frame`` and ``original_id`` say where it comes from, and ``steps`` (JSON) what was done to it.
``derived_from`` is for generated images: the ``image_id`` of each image that the generator was given or put it together
from, an empty list where there is none; null for images that were not generated.
"""
LATER = frozenset({"derived_from"})
"""Columns that catalogues of earlier versions lack: there they are null."""


@dataclass(frozen=True)
class Catalogue:
    """A catalogue on disk, or its rows that meet conditions.

    Rows are read lazily in batches, so a catalogue may be larger than memory.

    Parameters
    ----------
    path : Path
        The Parquet file, or the folder of its parts.
    where : tuple
        Columns and their conditions; see `filter`.

    Examples
    --------
    >>> catalogue = Catalogue.open("out")  # doctest: +SKIP
    >>> sure = catalogue.filter(plane="axial", tumor={"glioma", "none"}, plane_confidence=(0.9, 1))  # doctest: +SKIP
    >>> sure.to_table(["path", "plane_confidence"])  # doctest: +SKIP
    """

    path: Path
    where: Where = ()

    @classmethod
    def open(cls, path: Path | str) -> Catalogue:
        """Open a catalogue file, or the catalogue in a folder, and check its columns.

        Raises
        ------
        UsageError
            If there is none, it is not a Parquet file, a part is missing or damaged, or a column is missing or has the
            wrong type.
        """
        place = Path(path)
        place = place / FILE_NAME if place.is_dir() and not part_path(place, 0).exists() else place
        found = cls(place)
        for file in found.files():
            metadata = _check(file)
        if place.is_dir() and not LAST_PART.items() <= metadata.items():
            raise UsageError(f"{file} is not the last part: copy the folder again, or scan again")
        return found

    def files(self) -> list[Path]:
        """Return the Parquet files, in order.

        Raises
        ------
        UsageError
            If the numbers of the parts have a gap.
        """
        if not self.path.is_dir():
            return [self.path]
        files = sorted(self.path.glob("part-*.parquet"), key=lambda file: (len(file.name), file.name))
        for number in range(max(len(files), 1)):
            if number >= len(files) or files[number] != part_path(self.path, number):
                raise UsageError(f"{part_path(self.path, number)} is missing: copy the folder again, or scan again")
        return files

    def filter(self, **chosen: Condition) -> Catalogue:
        """Return the rows of this catalogue that meet all these conditions; nothing is read yet.

        Parameters
        ----------
        **chosen
            Column and condition: a value; None for unknown; a set or list of allowed values; a tuple ``(low, high)``
            for an inclusive range, with None for an open end.

        Raises
        ------
        UsageError
            If a column does not exist, or a condition does not fit its type.
        """
        return Catalogue(self.path, self.where + conditions(SCHEMA, chosen))

    def batches(self, columns: Sequence[str] | None = None, *, rows: int = 8192) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order in batches of at most `rows`, with these columns (default: all).

        Only columns that are named here or in a condition are read, and row groups whose statistics exclude a match are
        skipped.

        Raises
        ------
        UsageError
            If a file cannot be read; the message names it.
        """
        wanted = list(SCHEMA.names if columns is None else columns)
        meets = expression(self.where, SCHEMA)
        for file in self.files():
            with _read_errors(file):
                # One scan per row group: a scanner of the whole file reads ahead while a slow caller processes a batch.
                for group in _fragment(file).split_by_row_group(filter=meets, schema=SCHEMA):
                    found = group.scanner(schema=SCHEMA, columns=wanted, filter=meets, batch_size=rows).to_batches()
                    while (batch := next(found, None)) is not None:
                        if batch.num_rows:
                            yield batch

    def to_table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows as one Arrow table in memory."""
        wanted = list(SCHEMA.names if columns is None else columns)
        schema = pa.schema([SCHEMA.field(name) for name in wanted])
        return pa.Table.from_batches(list(self.batches(wanted)), schema=schema)

    def counts(self, column: str) -> dict[str, int]:
        """Return the number of rows per value of `column`, sorted by value; unknown counts as ''."""
        total: dict[str, int] = {}
        for batch in self.batches([column]):
            for entry in pc.value_counts(batch.column(0)).to_pylist():
                name = "" if entry["values"] is None else str(entry["values"])
                total[name] = total.get(name, 0) + entry["counts"]
        return dict(sorted(total.items()))

    def __len__(self) -> int:
        total = 0
        for file in self.files():
            with _read_errors(file):
                scanner = _fragment(file).scanner(schema=SCHEMA, columns=[], filter=expression(self.where, SCHEMA))
                total += scanner.count_rows()
        return total

    def __repr__(self) -> str:
        chosen = describe(self.where)
        return f"Catalogue({str(self.path)!r}, {len(self):,} rows{', ' if chosen else ''}{chosen})"

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


def part_path(folder: Path, number: int) -> Path:
    """Return the path of a part."""
    return folder / f"part-{number:05d}.parquet"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else html.escape(str(value))


def _fragment(file: Path) -> Any:
    """Return the file as a scannable fragment; its footer is read at most once."""
    from pyarrow import dataset
    from pyarrow.fs import LocalFileSystem

    options = dataset.ParquetFragmentScanOptions(pre_buffer=False, page_checksum_verification=True)
    return dataset.ParquetFileFormat(default_fragment_scan_options=options).make_fragment(
        str(file), filesystem=LocalFileSystem()
    )


@contextmanager
def _read_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"no catalogue at {file}: expected one that `medcurate scan` wrote") from None
    except (OSError, pa.ArrowException) as error:
        what = type(error).__name__
        raise UsageError(f"{file} is not a Parquet file that can be read ({what}): scan again") from error


def _check(file: Path) -> dict[str, str]:
    """Check the columns of a file and return its metadata."""
    with _read_errors(file):
        footer = pq.read_metadata(file)
    schema = footer.schema.to_arrow_schema()
    for wanted in SCHEMA:
        position = schema.get_field_index(wanted.name)
        if position < 0 and wanted.name in LATER:
            continue
        if position < 0:
            raise UsageError(f"{file} has no column {wanted.name!r}: it is not a catalogue of this version, scan again")
        found = schema.field(position).type
        if not found.equals(wanted.type):
            raise UsageError(
                f"{file}: column {wanted.name!r} has type {found}, expected {wanted.type}; "
                "it was changed by another program, scan again"
            )
    known = footer.metadata or {}
    return {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in known.items()}
