"""Evidence of patient identity in a catalogue, as arrays of about 100 bytes per row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.curate.patients.patient_names import (
    folder_of_patient,
    known_patient,
    named_person,
    parse_name,
    series_of_slices,
)
from medcurate.curate.patients.volume_folders import VolumeFile
from medcurate.errors import Code

COLUMNS = (
    "image_id", "source", "path", "format", "kind", "patient_id", "series_id", "height", "width", "depth",
    "spacing_mm", "plane", "duplicate_of", "mask_of", "status", "reason",
)  # fmt: skip
"""Columns that `gather` reads."""

Keys = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Arrays with one value per row, 0 if there is none. Equal values are shared evidence.

    Attributes
    ----------
    volumes : list of VolumeFile
        Rows of NIfTI files.
    image, patient, series, mask_of, duplicate_of : ndarray of uint64
        The 16 hexadecimal digits in the catalogue, as numbers.
    shows : ndarray of bool
        Images and volumes without masks and constant images, whose equal pixels are evidence.
    file : ndarray of int64
    plane : ndarray of uint64
        Key of plane, height and width in pixels, which neighboring slices share.
    stated : ndarray of uint64
        Match of the user's pattern in the path.
    known, name, folder, siblings : ndarray of uint64
        Keys from the path, for rows without ``patient_id``: an identifier as in a well-known dataset, or a word for a
        person with a number; the name before a running number in its folder; the numbered folder; and the folders whose
        names differ from it only in numbers.
    """

    volumes: list[VolumeFile]
    image: Keys
    patient: Keys
    series: Keys
    mask_of: Keys
    duplicate_of: Keys
    shows: NDArray[np.bool_]
    file: NDArray[np.int64]
    plane: Keys
    stated: Keys
    known: Keys
    name: Keys
    folder: Keys
    siblings: Keys


def gather(batches: Iterable[pa.RecordBatch | pa.Table], pattern: re.Pattern[str] | None = None) -> Evidence:
    """Collect the evidence of all rows, in order.

    Parameters
    ----------
    batches : iterable of RecordBatch or Table
        With at least `COLUMNS`.
    pattern : compiled regular expression, optional
        Its first group, or the whole match in a path, identifies the patient.
    """
    names = _Names(pattern)
    found: list[tuple[NDArray[np.generic], ...]] = []
    for batch in batches:
        if batch.num_rows:
            table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
            found.append((*_numbers_of(table), *names.add(table)))
    kinds = [np.uint64] * 5 + [np.bool_, np.int64] + [np.uint64] * 6
    columns = zip(*found, strict=True) if found else ((np.empty(0, kind),) for kind in kinds)
    return Evidence(names.volumes, *(np.concatenate(column) for column in columns))


def _numbers_of(table: pa.Table) -> Iterator[NDArray[np.generic]]:
    for column in ("image_id", "patient_id", "series_id", "mask_of", "duplicate_of"):
        yield hexadecimal(table.column(column))
    constant = pc.fill_null(pc.equal(table.column("reason"), Code.CONSTANT.value), False)
    mask = pc.fill_null(pc.equal(table.column("kind"), "mask"), False)
    yield pc.invert(pc.or_(constant, mask)).to_numpy()


def hexadecimal(column: pa.ChunkedArray) -> Keys:
    """Return the first 16 hexadecimal digits of each value as a number, 0 for null."""
    digits = pc.utf8_slice_codeunits(pc.fill_null(column, "0" * 16), 0, 16)
    return np.frombuffer(bytes.fromhex("".join(digits.to_pylist())), ">u8").astype(np.uint64)


def key(*parts: str) -> int:
    """Return a nonzero hash of texts."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") or 1


class _Names:
    """Parses each path once, however many rows it has."""

    def __init__(self, pattern: re.Pattern[str] | None) -> None:
        self._pattern = pattern
        self._last = ("", "")
        self._file = -1
        self._row = 0
        self._keys = (0, 0, 0, 0, 0)
        self.volumes: list[VolumeFile] = []

    def add(self, table: pa.Table) -> Iterator[NDArray[np.generic]]:
        files = np.empty(table.num_rows, np.int64)
        planes = np.empty(table.num_rows, np.uint64)
        keys = np.empty((5, table.num_rows), np.uint64)
        columns = ("source", "path", "format", "kind", "patient_id", "plane", "height", "width", "depth", "spacing_mm")
        rows = zip(*(table.column(name).to_pylist() for name in columns), strict=True)
        for at, (source, path, form, kind, patient, plane, *grid) in enumerate(rows):
            if (source, path) != self._last:
                self._last, self._file = (source, path), self._file + 1
                self._keys = self._look(source, path, patient is None)
            if form == "nifti" and patient is None:
                folder = path.rpartition("/")[0]
                size = (*grid[:3], *(grid[3] or ()))
                self.volumes.append(VolumeFile(self._row + at, source, folder, parse_name(path), kind, size))
            files[at], keys[:, at] = self._file, self._keys
            planes[at] = key(str(plane), str(grid[0]), str(grid[1]))
        self._row += table.num_rows
        yield from (files, planes, *keys)

    def _look(self, source: str, path: str, unknown: bool) -> tuple[int, int, int, int, int]:
        """Return the keys of a path, in the order of `Evidence`."""
        stated = self._pattern.search(path) if self._pattern else None
        said = key(source, stated[1] if stated.groups() else stated[0]) if stated else 0
        if not unknown or said:
            return said, 0, 0, 0, 0
        if known := known_patient(source, path):
            return 0, key(known), 0, 0, 0
        name = parse_name(path)
        if person := named_person(name):
            return 0, key(source, person), 0, 0, 0
        series, folder = series_of_slices(name), folder_of_patient(name)
        siblings = key(source, re.sub(r"\d+", "#", folder)) if folder else 0
        return (
            0,
            0,
            key(source, name.folder, series) if series else 0,
            key(source, folder) if folder else 0,
            siblings or key(source, name.folder),
        )
