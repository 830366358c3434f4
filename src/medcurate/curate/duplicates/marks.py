"""The marks of `dedupe` in the catalogue: set them, and remove them completely."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.catalogue.considered import DEDUPE_REASONS
from medcurate.curate.duplicates.clusters import BYTES, KEPT, KINDS, NEAR, PIXELS, Clusters
from medcurate.curate.scans.across_files import copies, first_digits
from medcurate.errors import Code

FILLED = ("perceptual_hash", "sharpness", "patient_group", "patient_group_by")
"""Columns that are null until `dedupe` fills them."""

Column = Callable[[int, int], pa.Array]
"""Function of the first and one past the last row that returns the values of these rows."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of copies for the catalogue.

    Attributes
    ----------
    rows : ndarray of int64, shape (k,)
        Ascending indices of the catalogue rows that have copies.
    image : ndarray of uint64, shape (k,)
        Their image identities.
    clusters : Clusters
        Clusters of these rows, as positions in `rows`.
    held : ndarray of bool, shape (k,)
        Rows that are dropped, including the kept one, because labels conflict.
    noted : ndarray of bool, shape (k,)
        Rows with a note for conflicting labels.
    """

    rows: NDArray[np.int64]
    image: NDArray[np.uint64]
    clusters: Clusters
    held: NDArray[np.bool_]
    noted: NDArray[np.bool_]


def is_marked(catalogue: Catalogue) -> bool:
    """Return whether `dedupe` has marked this catalogue."""
    for batch in catalogue.batches([*FILLED, "reason"]):
        if any(batch.column(name).null_count < batch.num_rows for name in FILLED):
            return True
        if pc.any(pc.is_in(batch.column("reason"), value_set=pa.array(DEDUPE_REASONS))).as_py():
            return True
    return False


def restored(catalogue: Catalogue) -> Iterator[pa.Table]:
    """Yield the rows without the marks of `dedupe`; marks of other stages stay.

    The equal copies that a scan marks are restored from the digests in the rows.
    """
    kind = _scanned_copies(catalogue)
    names = (None, KINDS[BYTES], KINDS[PIXELS])
    for start, rows in _numbered(catalogue):
        codes = kind[start : start + rows.num_rows]
        is_ours = pc.is_in(rows.column("reason"), value_set=pa.array(DEDUPE_REASONS))
        copied = pa.array(codes > 0)
        values: dict[str, Any] = {
            **{name: pa.nulls(rows.num_rows, SCHEMA.field(name).type) for name in FILLED},
            "duplicate_of": pc.if_else(copied, rows.column("image_id"), pa.scalar(None, pa.string())),
            "duplicate_kind": pa.array([names[code] for code in codes.tolist()], pa.string()),
            "status": pc.if_else(is_ours, pa.scalar("kept"), rows.column("status")),
            "reason": pc.if_else(is_ours, pa.scalar(None, pa.string()), rows.column("reason")),
            "notes": _without_note(rows.column("notes")),
        }
        yield _replaced(rows, values)


def marked(catalogue: Catalogue, marks: Marks, columns: Mapping[str, Column]) -> Iterator[pa.Table]:
    """Yield the rows with their marks.

    Parameters
    ----------
    catalogue : Catalogue
        A catalogue without marks.
    columns : mapping of str to callable
        Values of further columns.
    """
    for start, rows in _numbered(catalogue):
        stop = start + rows.num_rows
        here = slice(*np.searchsorted(marks.rows, (start, stop)).tolist())
        values = {name: column(start, stop) for name, column in columns.items()}
        yield _replaced(rows, {**values, **_marks(rows, marks, here, start)})


def _marks(rows: pa.Table, marks: Marks, here: slice, start: int) -> dict[str, Any]:
    """Return the marked columns of some rows; rows without marks keep their values."""
    kind, change = marks.clusters.kind[here], marks.clusters.change[here]
    keeper = marks.image[marks.clusters.keeper[here]]
    names = ("duplicate_of", "duplicate_kind", "status", "reason", "notes")
    values = {name: rows.column(name).to_pylist() for name in names}
    for place, number in enumerate((marks.rows[here] - start).tolist(), here.start):
        at = place - here.start
        copied = kind[at] != KEPT
        values["duplicate_of"][number] = f"{int(keeper[at]):016x}" if copied else None
        values["duplicate_kind"][number] = kind_name(marks.clusters, int(kind[at]), int(change[at]))
        if copied or marks.held[place]:
            values["status"][number] = "dropped"
            values["reason"][number] = (Code.LABEL_CONFLICT if marks.held[place] else Code.DUPLICATE).value
        if marks.noted[place]:
            values["notes"][number] = " ".join([*(values["notes"][number] or "").split(), Code.LABEL_CONFLICT.value])
    return values


def kind_name(clusters: Clusters, kind: int, change: int) -> str | None:
    """Return ``duplicate_kind``: ``bytes``, ``pixels``, the change of a near copy, or None for a kept row."""
    if kind == NEAR:
        return clusters.names[change]
    return KINDS[kind] or None


def _replaced(rows: pa.Table, values: Mapping[str, Any]) -> pa.Table:
    for name, column in values.items():
        field = SCHEMA.field(name)
        typed = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, field.type)
        rows = rows.set_column(SCHEMA.get_field_index(name), field, typed)
    return rows


def _numbered(catalogue: Catalogue) -> Iterator[tuple[int, pa.Table]]:
    """Yield batches of rows, each with the index of its first row."""
    start = 0
    for batch in catalogue.batches():
        yield start, pa.Table.from_batches([batch])
        start += batch.num_rows


def _without_note(notes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Remove the note of a conflict."""
    note = Code.LABEL_CONFLICT.value
    return pc.replace_substring_regex(pc.replace_substring_regex(notes, rf" {note}\b", ""), rf"^{note}\b ?", "")


def _was_kept_by_the_scan(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Return a mask of the rows that the scan compared; later stages may have dropped some of them."""
    constant = pc.fill_null(pc.equal(batch.column("reason"), Code.CONSTANT.value), False)
    shown = pc.not_equal(pc.fill_null(batch.column("kind"), "mask"), "mask")
    compared = pc.and_(pc.and_(pc.invert(constant), shown), batch.column("image_id").is_valid())
    return np.asarray(compared.to_numpy(zero_copy_only=False), bool)


def _scanned_copies(catalogue: Catalogue) -> NDArray[np.uint8]:
    """Return the scan's result per row: 0 for the first of its kind, 1 for equal bytes, 2 for equal pixels."""
    columns = ["image_id", "file_sha256", "frame", "kind", "reason"]
    found = [
        (
            _was_kept_by_the_scan(batch),
            first_digits(batch.column("image_id")),
            first_digits(batch.column("file_sha256")),
            pc.fill_null(batch.column("frame"), -1).to_numpy().astype(np.int64),
        )
        for batch in catalogue.batches(columns)
    ]
    if not found:
        return np.empty(0, np.uint8)
    is_image, image, content, frame = (np.concatenate(column) for column in zip(*found, strict=True))
    kind = np.zeros(len(image), np.uint8)
    at = np.flatnonzero(is_image)
    if len(at):
        kind[at] = copies(image[at], content[at], frame[at])[0]
    return kind
