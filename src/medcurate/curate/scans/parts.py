"""The journal of a scan: its lines and features in parts on disk, each with a checksum.

A part holds a run of consecutive files of the walk, cut by their number and bytes alone, so that the same input always
gives the same parts. What a killed run has finished is there; what is torn or was changed since does not match its
checksum and is done again. A part whose files have changed is set aside as ``stale``, and its lines are still used
for those files that have not.
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.curate.scans.file_lines import Features, Line
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.errors import Code
from medcurate.run_folder import PRIVATE, atomic_write, digest, output_errors, remove_litter, remove_tree

FOLDER = "scan"
PART_ITEMS = 2048
PART_BYTES = 64 * 2**20
_DIGEST = 32
_AGAIN = frozenset({Code.PERMISSION, Code.VANISHED, Code.CHANGED, Code.TIMEOUT, Code.WORKER_CRASH})
"""What may be otherwise next time although size and time of the file are the same."""

_INDEXED = ("source", "path", "size", "mtime_ns", "code", "file")
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

Key = tuple[str, str, int, int]
_Unpacked = tuple[dict[int, tuple[list[Line], Key]], dict[int, int], Features | None]


@dataclass(slots=True)
class FileLines:
    """All lines of one file, and their features (None for none)."""

    entry: Item | Skipped
    lines: Sequence[Line]
    features: Features | None = None


def key_of(entry: Item | Skipped) -> Key:
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


def signature(entries: Iterable[Item | Skipped]) -> str:
    """Return a digest of everything that the walk says of these files."""
    total = hashlib.sha256()
    for entry in entries:
        total.update(repr(key_of(entry)).encode("utf-8", "surrogatepass"))
        if isinstance(entry, Skipped):
            total.update(repr((entry.code.value, entry.message, entry.rejected)).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def cut(entries: Iterable[Item | Skipped]) -> Iterator[list[Item | Skipped]]:
    """Cut the walk into the files of each part."""
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
    """Writes parts, and finds what earlier runs have already done.

    Parameters
    ----------
    out : Path
        The output folder; the parts lie in ``out/.medcurate/scan``. Use it only under `run_folder.lock`.
    version : str
        What the lines depend on besides the files. Parts of another version are removed.
    """

    def __init__(self, out: Path, version: str) -> None:
        self._folder = out / PRIVATE / FOLDER
        self.discarded = False
        if _version_of(self._folder) != version:
            self.discarded = self._folder.is_dir()
            remove_tree(self._folder)
            with atomic_write(self._folder / "version.json") as stream:
                stream.write(json.dumps({"version": version}).encode("ascii"))
        remove_litter(self._folder)
        self._paths: list[Path] = []
        self._unpacked: dict[Path, _Unpacked] = {}
        self._signatures: dict[int, str] = {}
        self._keys = np.empty(0, np.int64)
        self._where = np.empty((0, 2), np.int32)
        self._load()

    def has(self, number: int, entries: Sequence[Item | Skipped]) -> bool:
        """Say whether part `number` is there, whole, with just these files, unchanged."""
        return number in self._signatures and self._signatures[number] == signature(entries)

    def find(self, item: Item) -> FileLines | None:
        """Return what an earlier run found in an unchanged file."""
        key = key_of(item)
        place = int(np.searchsorted(self._keys, hash(key)))
        while place < len(self._keys) and self._keys[place] == hash(key):
            part, number = map(int, self._where[place])
            lines, features, found = self._file(part, number)
            if found == key:
                return FileLines(item, lines, features)
            place += 1
        return None

    def write(self, number: int, files: Sequence[FileLines]) -> None:
        """Write part `number`; the same files give the same bytes."""
        path = _name(self._folder, number)
        if path.exists():
            self._set_aside(path)
        feature_digest = b"\0" * _DIGEST
        features = [file.features for file in files if file.features is not None]
        if features:
            content = io.BytesIO()
            np.save(content, np.concatenate(features), allow_pickle=False)
            feature_digest = digest(content.getbuffer())
            with atomic_write(path.with_suffix(".npy"), durable=False) as stream:
                stream.write(content.getbuffer())
        metadata = {"signature": signature(file.entry for file in files), "files": str(len(files))}
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, LINES.with_metadata(metadata)) as writer:
            writer.write_batch(_batch(files).replace_schema_metadata(metadata))
        body = sink.getvalue()
        with atomic_write(path, durable=False) as stream:
            stream.write(body)
            stream.write(feature_digest)
            stream.write(digest(memoryview(body), feature_digest))

    def finish(self, count: int) -> None:
        """Remove what does not belong to the `count` parts of a scan that is complete."""
        keep = {_name(self._folder, number).stem for number in range(count)}
        with output_errors(self._folder):
            for path in self._folder.iterdir():
                if path.suffix in (".lines", ".npy") and path.stem not in keep:
                    path.unlink()

    def _load(self) -> None:
        keys, where = [], []
        for path in sorted(self._folder.glob("*.lines")):
            table = _read_checked(path)
            if table is None:
                continue
            if path.stem.startswith("part-"):
                self._signatures[int(path.stem[5:])] = table.schema.metadata[b"signature"].decode("ascii")
            part = len(self._paths)
            self._paths.append(path)
            columns = [table.column(name).to_pylist() for name in _INDEXED]
            last = -1
            for source, name, size, mtime_ns, code, number in zip(*columns, strict=True):
                if number != last and size >= 0 and code not in _AGAIN:
                    keys.append(hash((source, name, size, mtime_ns)))
                    where.append((part, number))
                elif number != last and path.stem.startswith("part-") and code in _AGAIN:
                    self._signatures.pop(int(path.stem[5:]), None)
                last = number
        order = np.argsort(np.array(keys, np.int64), kind="stable")
        self._keys = np.array(keys, np.int64)[order]
        self._where = np.array(where, np.int32).reshape(-1, 2)[order]

    def _file(self, part: int, number: int) -> tuple[list[Line], Features | None, Key]:
        path = self._paths[part]
        if path not in self._unpacked:
            if len(self._unpacked) > 1:
                self._unpacked.pop(next(iter(self._unpacked)))
            self._unpacked[path] = _unpack(path)
        lines, first_feature, features = self._unpacked[path]
        rows, key = lines[number]
        count = sum(row.n_features for row in rows)
        if not count or features is None:
            return rows, None, key
        start = first_feature[number]
        return rows, np.asarray(features[start : start + count]), key

    def _set_aside(self, path: Path) -> None:
        """Keep an old part under another name: files of it may have moved to other parts."""
        known = path in self._paths
        with output_errors(path):
            free = next(n for n in range(10**6) if not (self._folder / f"stale-{n:06d}.lines").exists())
            stale = self._folder / f"stale-{free:06d}.lines"
            for suffix in (".npy", ".lines"):
                if path.with_suffix(suffix).exists():
                    path.with_suffix(suffix).replace(stale.with_suffix(suffix))
        if known:
            self._paths[self._paths.index(path)] = stale
        self._signatures.pop(int(path.stem[5:]), None)


def read_lines(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the lines of one part, mapped from the disk, without checking them."""
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        table = reader.read_all()
    return table if columns is None else table.select(list(columns))


def part_files(out: Path) -> list[Path]:
    """Return the files of the parts of a complete scan, in order."""
    return sorted((out / PRIVATE / FOLDER).glob("part-*.lines"))


def read_features(path: Path) -> Features | None:
    """Return the features of one part, mapped from the disk; None if it has none."""
    file = path.with_suffix(".npy")
    if not file.exists():
        return None
    features: Features = np.load(file, mmap_mode="r", allow_pickle=False)
    return features


def _read_checked(path: Path) -> pa.Table | None:
    """Return the lines of a part if it is whole, lines and features; None if not."""
    body = path.read_bytes()
    content, feature_digest, total = body[: -2 * _DIGEST], body[-2 * _DIGEST : -_DIGEST], body[-_DIGEST:]
    if len(body) <= 2 * _DIGEST or digest(content, feature_digest) != total:
        return None
    features = path.with_suffix(".npy")
    if feature_digest != b"\0" * _DIGEST and (not features.exists() or _digest_of(features) != feature_digest):
        return None
    return pa.ipc.open_stream(content).read_all()


def _digest_of(path: Path) -> bytes:
    if path.stat().st_size == 0:
        return b""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return hashlib.sha256(content).digest()


def _unpack(path: Path) -> _Unpacked:
    """Return the lines and the key of each file of a part, the number of its first feature line, and the features."""
    table = read_lines(path)
    columns = [table.column(name).to_pylist() for name in LINES.names]
    files: dict[int, tuple[list[Line], Key]] = {}
    first: dict[int, int] = {}
    count = 0
    for number, source, name, size, mtime_ns, *values in zip(*columns, strict=True):
        line = Line(*values)
        rows, _ = files.setdefault(number, ([], (source, name, size, mtime_ns)))
        first.setdefault(number, count)
        rows.append(line)
        count += line.n_features
    return files, first, read_features(path)


def _batch(files: Sequence[FileLines]) -> pa.RecordBatch:
    rows = [(number, *key_of(file.entry), *line) for number, file in enumerate(files) for line in file.lines]
    columns = zip(*rows, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, LINES, strict=True)], schema=LINES
    )


def _name(folder: Path, number: int) -> Path:
    return folder / f"part-{number:06d}.lines"


def _version_of(folder: Path) -> str | None:
    try:
        content = json.loads((folder / "version.json").read_bytes())
    except (OSError, ValueError):
        return None
    return content.get("version") if isinstance(content, dict) else None


def count_rows(path: Path) -> int:
    """Return how many catalogue rows a part gives."""
    column = read_lines(path, ["image_id"]).column(0)
    return int(len(column) - column.null_count)


def feature_rows(path: Path) -> NDArray[np.int64]:
    """Return, for each feature line of a part, the number of its row among the part's catalogue rows."""
    table = read_lines(path, ["image_id", "n_features"])
    kept = table.filter(table.column("image_id").is_valid())
    return np.repeat(np.arange(kept.num_rows), kept.column("n_features").to_numpy())
