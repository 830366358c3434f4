"""The marks of `dedupe` in the catalogue: how they are set, and how they are taken back without a trace."""

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
"""Given the first row and the one behind the last, the values of these rows."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of copies for the catalogue.

    Attributes
    ----------
    rows : ndarray of int64, shape (k,)
        Numbers in the catalogue, ascending, of the rows that have copies.
    image : ndarray of uint64, shape (k,)
        Their identities.
    clusters : Clusters
        Of these rows, by their places in `rows`.
    held : ndarray of bool, shape (k,)
        Dropped, kept row and all, as their labels conflict.
    noted : ndarray of bool, shape (k,)
        Noted for the same.
    """

    rows: NDArray[np.int64]
    image: NDArray[np.uint64]
    clusters: Clusters
    held: NDArray[np.bool_]
    noted: NDArray[np.bool_]


def is_marked(catalogue: Catalogue) -> bool:
    """Say whether `dedupe` has marked this catalogue."""
    for batch in catalogue.batches([*FILLED, "reason"]):
        if any(batch.column(name).null_count < batch.num_rows for name in FILLED):
            return True
        if pc.any(pc.is_in(batch.column("reason"), value_set=pa.array(DEDUPE_REASONS))).as_py():
            return True
    return False


def restored(catalogue: Catalogue) -> Iterator[pa.Table]:
    """Yield the rows as the scan and the plane sorter wrote them; what other stages added stays.

    The equal copies that a scan marks are found again from the digests in the rows.
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
        Without marks.
    marks : Marks
    columns : mapping of str to callable
        Values of other columns.
    """
    for start, rows in _numbered(catalogue):
        stop = start + rows.num_rows
        here = slice(*np.searchsorted(marks.rows, (start, stop)).tolist())
        values = {name: column(start, stop) for name, column in columns.items()}
        yield _replaced(rows, {**values, **_marks(rows, marks, here, start)})


def _marks(rows: pa.Table, marks: Marks, here: slice, start: int) -> dict[str, Any]:
    """Return the marks of some rows; those of the others stay as they are."""
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
    """Yield the rows a batch at a time, each with the number of its first row."""
    start = 0
    for batch in catalogue.batches():
        yield start, pa.Table.from_batches([batch])
        start += batch.num_rows


def _without_note(notes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take the note of a conflict away."""
    note = Code.LABEL_CONFLICT.value
    return pc.replace_substring_regex(pc.replace_substring_regex(notes, rf" {note}\b", ""), rf"^{note}\b ?", "")


def _was_kept_by_the_scan(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Say which rows are images that the scan had compared; others may have dropped some of them since."""
    constant = pc.fill_null(pc.equal(batch.column("reason"), Code.CONSTANT.value), False)
    shown = pc.not_equal(pc.fill_null(batch.column("kind"), "mask"), "mask")
    compared = pc.and_(pc.and_(pc.invert(constant), shown), batch.column("image_id").is_valid())
    return np.asarray(compared.to_numpy(zero_copy_only=False), bool)


def _scanned_copies(catalogue: Catalogue) -> NDArray[np.uint8]:
    """Return for every row what a scan found: 0 for the first of its kind, 1 for equal bytes, 2 for equal pixels."""
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
