"""What a scan has read, kept in a journal in parts of consecutive files, so that no file is read twice.

A part holds a run of consecutive files of the listing, cut by their number and bytes alone, so that the same input
always gives the same parts. Its key is a digest of what the listing says of its files: a part whose files have not
changed is found as a whole. Where some of them have, the lines of the others are taken from the parts of earlier runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.curate.scans.file_lines import Features, Line
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.errors import Code
from medcurate.journal.store import Journal
from medcurate.journal.tables import array_bytes, array_from, table_bytes, table_from
from medcurate.run_folder import PRIVATE

FILE = "scan.journal"
PART_ITEMS = 2048
PART_BYTES = 64 * 2**20
_LINES, _FEATURES = b"lines/", b"features/"
_AGAIN = frozenset({Code.PERMISSION, Code.VANISHED, Code.CHANGED, Code.TIMEOUT, Code.WORKER_CRASH})
"""Failures that may not happen again although size and time of the file are the same."""

_INDEXED = ("source", "path", "size", "mtime_ns", "code", "file", "n_features")
_TYPES = {
    "ignored": pa.bool_(),
    "frame": pa.int32(),
    "height": pa.int32(),
    "width": pa.int32(),
    "depth": pa.int32(),
    "spacing_mm": pa.list_(pa.float64()),
    "bit_depth": pa.int16(),
    "plane_confidence": pa.float64(),
    "obliquity_deg": pa.float64(),
    "mask_area": pa.float64(),
    "geometry": pa.list_(pa.float64()),
    "n_features": pa.int32(),
}
LINES = pa.schema(
    [
        ("file", pa.int32()),  # number of the file within the part
        ("source", pa.string()),
        ("path", pa.string()),
        ("size", pa.int64()),
        ("mtime_ns", pa.int64()),
        *((name, _TYPES.get(name, pa.string())) for name in Line._fields),
    ]
)

FileKey = tuple[str, str, int, int]


@dataclass(slots=True)
class FileLines:
    """All lines of one file, and their features (None for none)."""

    entry: Item | Skipped
    lines: Sequence[Line]
    features: Features | None = None


class _Unpacked(NamedTuple):
    """A part that was read: lines, key and first feature line of each file by its number, and all features."""

    lines: dict[int, list[Line]]
    keys: dict[int, FileKey]
    first_feature: dict[int, int]
    features: Features | None


def file_key(entry: Item | Skipped) -> FileKey:
    """Return what must be equal for a file to count as unchanged."""
    if isinstance(entry, Skipped):
        return (entry.source, entry.path, -1, -1)
    if entry.path.lower().endswith((".hdr", ".hdr.gz")):
        return (entry.source, entry.path, entry.size, max(entry.mtime_ns, _time_of_pair(entry)))
    return (entry.source, entry.path, entry.size, entry.mtime_ns)


def _time_of_pair(header: Item) -> int:
    """Return when the pixels that belong to a NIfTI header file were changed, 0 if there are none."""
    stem = Path(header.location.removesuffix(".gz")).with_suffix("")
    times = [0]
    for suffix in (".img", ".img.gz", ".IMG"):
        with suppress(OSError):
            times.append(Path(f"{stem}{suffix}").stat().st_mtime_ns)
    return max(times)


def part_key(entries: Iterable[Item | Skipped]) -> bytes:
    """Return a digest of everything that the listing says of the files of a part."""
    total = hashlib.sha256()
    for entry in entries:
        total.update(repr(file_key(entry)).encode("utf-8", "surrogatepass"))
        if isinstance(entry, Skipped):
            total.update(repr((entry.code.value, entry.message, entry.rejected)).encode("utf-8", "surrogatepass"))
    return total.digest()


def cut(entries: Iterable[Item | Skipped]) -> Iterator[list[Item | Skipped]]:
    """Cut the listing into the files of each part."""
    part: list[Item | Skipped] = []
    size = 0
    for entry in entries:
        part.append(entry)
        size += entry.size if isinstance(entry, Item) else 0
        if len(part) >= PART_ITEMS or size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


class PartStore:
    """Keeps parts, and finds what earlier runs have already done. Use it as a context manager.

    Parameters
    ----------
    out : Path
        The output folder; the journal is ``out/.medcurate/scan.journal``. Use it only under `run_folder.lock`.
    version : str
        Everything that the lines depend on besides the files. Parts of another version are discarded.
    """

    def __init__(self, out: Path, version: str) -> None:
        self._journal = Journal(out / PRIVATE / FILE, version)
        self._parts: list[bytes] = []  # keys of what earlier runs left, whole
        self._complete: set[bytes] = set()
        self._unpacked: dict[bytes, _Unpacked] = {}
        self._hashes = np.empty(0, np.int64)  # of the keys of files, ascending
        self._where = np.empty((0, 2), np.int32)  # part and number of these files
        self._load()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()

    def has(self, key: bytes) -> bool:
        """Say whether a part is there as a whole, with nothing in it that may turn out otherwise next time."""
        return key in self._complete

    def find(self, item: Item) -> FileLines | None:
        """Return what an earlier run found in an unchanged file."""
        key = file_key(item)
        place = int(np.searchsorted(self._hashes, hash(key)))
        while place < len(self._hashes) and self._hashes[place] == hash(key):
            part, number = map(int, self._where[place])
            found = self._unpack(self._parts[part])
            if found is not None and found.keys[number] == key:
                return _file_lines(item, found, number)
            place += 1
        return None

    def write(self, key: bytes, files: Sequence[FileLines]) -> None:
        """Keep a part.

        Parameters
        ----------
        key : bytes
            `part_key` of the files.
        """
        features = [file.features for file in files if file.features is not None]
        if features:  # first, as a part with lines counts
            self._journal.put(_FEATURES + key, array_bytes(np.concatenate(features)))
        self._journal.put(_LINES + key, table_bytes(_batch(files)))

    def finish(self, keys: Iterable[bytes]) -> None:
        """Free the space of all parts but those of a scan that is complete."""
        self._journal.prune({kind + key for key in keys for kind in (_LINES, _FEATURES)})

    def lines(self, key: bytes, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the lines of a part.

        Raises
        ------
        RuntimeError
            They are damaged since they were written.
        """
        table = self._table(key)
        if table is None:
            raise RuntimeError(f"{self._journal.path}: a part of the scan was damaged meanwhile; scan again")
        return table if columns is None else table.select(list(columns))

    def features(self, key: bytes) -> Features | None:
        """Return the features of a part, shape (m, n_features), None if it has none."""
        content = self._journal.get(_FEATURES + key)
        return None if content is None else array_from(content)

    def _table(self, key: bytes) -> pa.Table | None:
        content = self._journal.get(_LINES + key)
        return None if content is None else table_from(content)

    def _load(self) -> None:
        """Index the files of all parts that are whole."""
        hashes: list[int] = []
        where: list[tuple[int, int]] = []
        for name in list(self._journal):
            key = name.removeprefix(_LINES)
            table = self._table(key) if name.startswith(_LINES) else None
            if table is None:
                continue
            columns = [table.column(column).to_pylist() for column in _INDEXED]
            if any(columns[-1]) and _FEATURES + key not in self._journal:
                continue
            failed_once = False
            last = -1
            for source, path, size, mtime_ns, code, number, _ in zip(*columns, strict=True):
                failed_once = failed_once or code in _AGAIN
                if number != last and size >= 0 and code not in _AGAIN:
                    hashes.append(hash((source, path, size, mtime_ns)))
                    where.append((len(self._parts), number))
                last = number
            self._parts.append(key)
            if not failed_once:
                self._complete.add(key)
        order = np.argsort(np.array(hashes, np.int64), kind="stable")
        self._hashes = np.array(hashes, np.int64)[order]
        self._where = np.array(where, np.int32).reshape(-1, 2)[order]

    def _unpack(self, key: bytes) -> _Unpacked | None:
        """Read a part of an earlier run; the last two are held."""
        if key not in self._unpacked:
            table = self._table(key)
            if table is None:
                return None
            if len(self._unpacked) > 1:
                self._unpacked.pop(next(iter(self._unpacked)))
            self._unpacked[key] = _unpacked(table, self.features(key))
        return self._unpacked[key]


def _file_lines(item: Item, part: _Unpacked, number: int) -> FileLines:
    lines = part.lines[number]
    count = sum(line.n_features for line in lines)
    if not count or part.features is None:
        return FileLines(item, lines)
    first = part.first_feature[number]
    return FileLines(item, lines, part.features[first : first + count])


def _unpacked(table: pa.Table, features: Features | None) -> _Unpacked:
    found = _Unpacked({}, {}, {}, features)
    columns = [table.column(name).to_pylist() for name in LINES.names]
    count = 0
    for number, source, name, size, mtime_ns, *values in zip(*columns, strict=True):
        line = Line(*values)
        found.lines.setdefault(number, []).append(line)
        found.keys.setdefault(number, (source, name, size, mtime_ns))
        found.first_feature.setdefault(number, count)
        count += line.n_features
    return found


def _batch(files: Sequence[FileLines]) -> pa.RecordBatch:
    rows = [(number, *file_key(file.entry), *line) for number, file in enumerate(files) for line in file.lines]
    columns = zip(*rows, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, LINES, strict=True)], schema=LINES
    )


def feature_rows(lines: pa.Table) -> NDArray[np.int64]:
    """Return, for each feature line of a part, the number of its row among the part's catalogue rows.

    Parameters
    ----------
    lines : Table
        With ``image_id`` and ``n_features``.
    """
    kept = lines.filter(lines.column("image_id").is_valid())
    return np.repeat(np.arange(kept.num_rows), kept.column("n_features").to_numpy())
