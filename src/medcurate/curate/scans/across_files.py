"""Compare files with each other: find copies, reused identifiers, and series that are not one stack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.errors import Code

COLUMNS = (
    "file", "image_id", "file_sha256", "kind", "frame", "status", "spacing_mm",
    "series_id", "instance", "acquisition", "geometry",
)  # fmt: skip
_BYTES, _PIXELS = 1, 2
_LEAST_STACK = 8  # slices; of fewer the place in the stack says little about the place in the head
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Findings:
    """Columns of the catalogue that come from the comparison, one value per row.

    Attributes
    ----------
    copy_kind : ndarray of uint8
        0 first of its kind, 1 its file equals that of the first byte by byte, 2 only its pixels do.
    stack : ndarray of int32
        0 where a series is one stack, else the 1-based number of the stack within the series.
    position : ndarray of float
        Place of a slice in its stack, 0 at the left, posterior or inferior end and 1 at the other; NaN where it is not
        known, and in stacks of fewer than 8 slices.
    notes : dict of int to list of Code
        By row; most rows have none.
    n_copied_files : int
        Files all of whose images are copies of images in earlier files.
    """

    copy_kind: NDArray[np.uint8]
    stack: NDArray[np.int32]
    position: NDArray[np.float64]
    notes: dict[int, list[Code]]
    n_copied_files: int

    def kind_names(self, start: int, stop: int) -> list[str | None]:
        """Return ``duplicate_kind`` of some rows."""
        return [(None, "bytes", "pixels")[kind] for kind in self.copy_kind[start:stop].tolist()]


def compare(parts: Iterable[pa.Table]) -> Findings:
    """Compare all rows with each other.

    Parameters
    ----------
    parts : iterable of Table
        The lines of each part in order, with at least `COLUMNS`. About 140 bytes per row are held in memory.
    """
    rows = _gather(parts)
    copy_kind, n_copied_files = _copies(rows)
    notes: dict[int, list[Code]] = {}
    for row in _reused(rows):
        notes.setdefault(row, []).append(Code.UID_CONFLICT)
    stack, position = _stacks(rows, copy_kind, notes)
    return Findings(copy_kind, stack, position, notes, n_copied_files)


@dataclass(slots=True)
class _Rows:
    file: NDArray[np.int64]
    image: NDArray[np.uint64]
    content: NDArray[np.uint64]  # first 16 digits of the file's SHA-256
    is_image: NDArray[np.bool_]  # no mask, not dropped
    series: NDArray[np.uint64]  # 0 for none; so for the next two
    instance: NDArray[np.uint64]
    acquisition: NDArray[np.uint64]
    frame: NDArray[np.int64]
    geometry: NDArray[np.float64]  # (n, 9), NaN for none
    between: NDArray[np.float64]  # slice distance (mm), NaN for none


def _gather(parts: Iterable[pa.Table]) -> _Rows:
    found: list[tuple[NDArray[np.generic], ...]] = []
    files = 0
    for part in parts:
        table = part.filter(part.column("image_id").is_valid())
        first, files = files, files + (int(part.column("file")[-1].as_py()) + 1 if part.num_rows else 0)
        if not table.num_rows:
            continue
        kept = pc.equal(table.column("status"), "kept")
        found.append(
            (
                table.column("file").to_numpy().astype(np.int64) + first,
                first_digits(table.column("image_id")),
                first_digits(table.column("file_sha256")),
                pc.and_(kept, pc.not_equal(table.column("kind"), "mask")).to_numpy(),
                first_digits(table.column("series_id")),
                first_digits(table.column("instance")),
                first_digits(table.column("acquisition")),
                pc.fill_null(table.column("frame"), -1).to_numpy().astype(np.int64),
                _fixed(table.column("geometry"), 9),
                _third(table.column("spacing_mm")),
            )
        )
    if not found:
        empty = pa.table({name: pa.array([], pa.string()) for name in COLUMNS})
        none = np.empty(0, np.uint64)
        return _Rows(
            np.empty(0, np.int64), none, none, np.empty(0, np.bool_), none, none, none, np.empty(0, np.int64),
            np.empty((empty.num_rows, 9)), np.empty(0),
        )  # fmt: skip
    return _Rows(*(np.concatenate(column) for column in zip(*found, strict=True)))


def first_digits(column: pa.Array | pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return the first 16 hexadecimal digits of each value as a number, 0 for null."""
    digits = pc.utf8_slice_codeunits(pc.fill_null(column, "0" * 16), 0, 16)
    content = bytes.fromhex("".join(digits.to_pylist()))
    return np.frombuffer(content, ">u8").astype(np.uint64)


def _fixed(column: pa.ChunkedArray, width: int) -> NDArray[np.float64]:
    values = np.full((len(column), width), np.nan)
    valid = column.is_valid().to_numpy()
    if valid.any():
        flat = pc.list_flatten(column.filter(pa.chunked_array([valid]))).to_numpy()
        values[valid] = flat.reshape(-1, width)
    return values


def _third(column: pa.ChunkedArray) -> NDArray[np.float64]:
    values = np.full(len(column), np.nan)
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    at = np.flatnonzero(lengths >= 3)
    if len(at):
        values[at] = pc.list_element(column.take(pa.array(at)), 2).to_numpy()
    return values


def _copies(rows: _Rows) -> tuple[NDArray[np.uint8], int]:
    kind = np.zeros(len(rows.image), np.uint8)
    at = np.flatnonzero(rows.is_image)
    if not len(at):
        return kind, 0
    kind[at], first = copies(rows.image[at], rows.content[at], rows.frame[at])
    files = rows.file[at]
    starts = np.flatnonzero(np.r_[True, files[1:] != files[:-1]])
    return kind, int(np.logical_and.reduceat(files[first] < files, starts).sum())


def copies(
    image: NDArray[np.uint64], content: NDArray[np.uint64], frame: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return of each image how it is a copy of an earlier one, and the place of the first that is equal to it.

    Parameters
    ----------
    image, content : ndarray, shape (n,)
        First digits of the ``image_id`` and of the ``file_sha256``.
    frame : ndarray, shape (n,)
        -1 for none.

    Returns
    -------
    kind : ndarray of uint8, shape (n,)
        As `Findings.copy_kind`.
    first : ndarray of int, shape (n,)
    """
    _, at, group = np.unique(image, return_index=True, return_inverse=True)
    first = at[group]
    # Two frames of one file that are alike have the file in common and are copies by their pixels only.
    same = (content[first] == content) & (frame[first] == frame)
    kind = np.where(same, _BYTES, _PIXELS).astype(np.uint8)
    kind[first == np.arange(len(image))] = 0
    return kind, first


def _reused(rows: _Rows) -> list[int]:
    """Return the rows whose instance identifier another row has with other pixels."""
    at = np.flatnonzero(rows.is_image & (rows.instance != 0))
    if not len(at):
        return []
    order = at[np.lexsort((rows.image[at], rows.frame[at], rows.instance[at]))]
    same = (rows.instance[order][1:] == rows.instance[order][:-1]) & (rows.frame[order][1:] == rows.frame[order][:-1])
    group = np.r_[0, np.cumsum(~same)]
    differs = same & (rows.image[order][1:] != rows.image[order][:-1])
    conflicting = np.unique(group[1:][differs])
    return sorted(order[np.isin(group, conflicting)].tolist())


def _stacks(
    rows: _Rows, copy_kind: NDArray[np.uint8], notes: dict[int, list[Code]]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    from medcurate.readers.geometry import series_notes, split_stacks

    stack = np.zeros(len(rows.image), np.int32)
    position = np.full(len(rows.image), np.nan)
    at = np.flatnonzero(rows.is_image & (rows.series != 0) & (copy_kind == 0) & np.isfinite(rows.geometry).all(axis=1))
    order = at[np.argsort(rows.series[at], kind="stable")]
    for members in np.split(order, np.flatnonzero(np.diff(rows.series[order])) + 1):
        if len(members) < 2:
            continue
        points, axes = rows.geometry[members, :3], rows.geometry[members, 3:]
        numbers = split_stacks(points, axes, rows.acquisition[members].tolist())
        if numbers.max() > 0:
            stack[members] = numbers + 1
        for number in range(int(numbers.max()) + 1):
            here = numbers == number
            position[members[here]] = _positions(points[here], axes[here][0])
            distance = rows.between[members[here][0]]
            spacing = float(distance) if np.isfinite(distance) else None
            for code in series_notes(points[here], axes[here][0], spacing):
                for row in members[here].tolist():
                    notes.setdefault(row, []).append(code)
    _follow(rows, copy_kind, stack, position)
    return stack, position


def _positions(points: NDArray[np.float64], axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the place in [0, 1] of each slice of one stack along its normal; NaN where that says nothing."""
    if len(points) < _LEAST_STACK:
        return np.full(len(points), np.nan)
    normal = np.cross(axes[:3], axes[3:])
    axis = int(np.abs(normal).argmax())
    # Points are LPS; a stack begins at the feet, the back or the left, as the slices cut from a volume do.
    normal *= (np.sign(normal[axis]) or 1.0) * (1.0 if axis == 2 else -1.0)
    depth = points @ normal
    extent = np.ptp(depth)
    if not extent > 0:
        return np.full(len(points), np.nan)
    return np.asarray(((depth - depth.min()) / extent).round(_DECIMALS))


def _follow(rows: _Rows, copy_kind: NDArray[np.uint8], stack: NDArray[np.int32], position: NDArray[np.float64]) -> None:
    """Give copies in the series of their original the stack of the original, and its place there."""
    placed = np.flatnonzero((stack > 0) | np.isfinite(position)).tolist()
    places = {(int(rows.series[row]), int(rows.image[row])): row for row in placed}
    if places:
        for row in np.flatnonzero((copy_kind > 0) & (rows.series != 0)).tolist():
            original = places.get((int(rows.series[row]), int(rows.image[row])))
            if original is not None:
                stack[row], position[row] = stack[original], position[original]
