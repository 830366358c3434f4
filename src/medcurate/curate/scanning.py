"""Scan: read every file once, hash it, and write the catalogue and the rejects.

Parts of a scan, for those who need the features of each image (`sort_planes`)
----------------------------------------------------------------------------
``scan(..., features=True)`` leaves the plane features beside the catalogue. They are read back a part at a time::

    parts = ScanParts.open(out)            # after scan(); out is the folder given to scan
    parts.n_rows, parts.n_parts            # rows of catalogue.parquet in all; number of parts
    for part in parts:                     # in the order of catalogue.parquet; may be iterated again
        part.first_row                     # int: the number in catalogue.parquet of part.rows[0]
        part.rows                          # pyarrow.Table, catalogue.SCHEMA: the rows as catalogue.parquet has them now
        part.features                      # float16 (m, N_FEATURES), memory-mapped read-only; m may be 0
        part.feature_row                   # int64 (m,): index into part.rows of each line of `features`, ascending

Masks, and rows dropped as CONSTANT, have no feature line; a 2-D image has one; a volume has up to 16, of
evenly spaced slices. All rows of one file lie in the same part. A part has at most 2,048 files, and 64 MiB of input
unless its last file is larger.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.curate.defaults import TIMEOUT_S
from medcurate.curate.scans.features import FeaturePart, ScanParts
from medcurate.curate.scans.file_lines import Features, Line, Packed, ScanSettings, failed, pack, scan_item
from medcurate.curate.scans.output import Counts, write_output
from medcurate.curate.scans.parts import FileLines, PartStore, cut
from medcurate.curate.scans.pseudonyms import load_salt, pseudonym
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.scan_inputs import resolve_inputs
from medcurate.errors import UsageError
from medcurate.parallel import Chunk, Failure, interruptible, map_chunks
from medcurate.parallel.dask_cluster import check_shared
from medcurate.progress import ProgressReport, counted_ahead
from medcurate.run_folder import lock

__all__ = ["Catalogue", "Counts", "FeaturePart", "ScanParts", "ScanResult", "scan"]

_LIBRARIES = (
    "numpy", "opencv-python-headless", "pillow", "simplejpeg", "pydicom", "nibabel", "h5py", "scipy", "python-gdcm",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan gives.

    Attributes
    ----------
    catalogue : Catalogue
        ``out/catalogue.parquet``.
    counts : Counts
        Files by what became of them.
    reused : int
        Files that were not read, as an earlier run of the same scan had.
    """

    catalogue: Catalogue
    counts: Counts
    reused: int


def scan(
    inputs: Sequence[Path],
    out: Path,
    *,
    workers: int | None = None,
    channel: int | None = None,
    keep_burned_in: bool = False,
    timeout_s: float = TIMEOUT_S,
    features: bool = False,
    progress: bool | None = None,
    dask: str | None = None,
    catalogue_parts: int | None = None,
) -> ScanResult:
    """Read every image in the inputs once; write ``catalogue.parquet`` and ``rejects.csv``.

    A scan that was stopped in any way goes on where it was when it is called again; files that have not changed since
    an earlier scan into the same folder are not read again. The output does not depend on either, nor on `workers`.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files and zip archives; and output folders of earlier scans, for what those had read, under the same
        names.
    out : Path
        Folder for the output; made if needed. One scan at a time may write it.
    workers : int, optional
        Processes; None for one a core, 0 to read in this process (for debugging: nothing is isolated).
    channel, keep_burned_in
        See `medcurate.readers.options.ReadOptions`; None and False for what an earlier scan had, where only such
        are the input.
    timeout_s : float
        Seconds one file may take before it is rejected as ``TIMEOUT``.
    features : bool
        Also keep the plane features of each image, for `ScanParts`.
    progress : bool, optional
        False shows nothing.
    dask : str, optional
        Address of the scheduler of a Dask cluster whose workers read in place of `workers`. They must see the inputs
        under the same paths. Names of files and the salt of the pseudonyms travel to them, so the cluster must be
        trusted.
    catalogue_parts : int, optional
        Rows of a part, for a catalogue that is a folder of parts; None for one file, or what is there already.

    Returns
    -------
    ScanResult

    Raises
    ------
    UsageError
        An input does not exist, an earlier scan's inputs are gone or unknown, an option is out of range, or the Dask
        cluster cannot be used.
    OutputError
        The output cannot be written; `Locked` if another process writes it.
    """
    if catalogue_parts is not None and catalogue_parts < 1:
        raise UsageError(f"catalogue_parts: expected 1 row or more, received {catalogue_parts}")
    chosen = resolve_inputs(inputs, channel=channel, keep_burned_in=keep_burned_in)
    chosen.walk(out)  # raises if the output is an input, before the lock is written there
    if dask is not None:
        check_shared(dask, [Path(root.folder) for root in chosen.roots])
    with lock(out), interruptible():
        chosen.record(out)
        options = replace(chosen.options, check_color=not features)  # `sort_planes` looks where it is in doubt
        run = _Run(chosen.walk(out), out, ScanSettings(load_salt(), options, features))
        report = ProgressReport("scan", show=progress is not False)
        with report, counted_ahead(report, partial(chosen.walk, out)):
            run.read(report, workers=workers, timeout_s=timeout_s, dask=dask)
        counts = write_output(out, run.seen, part_rows=catalogue_parts)
        run.store.finish(run.n_parts)
    return ScanResult(Catalogue.open(out / FILE_NAME), counts, run.reused)


@dataclass(slots=True)
class _Part:
    """One part in the making; `files` has None where a worker is still to answer."""

    number: int
    files: list[FileLines | None]
    entries: list[Item | Skipped]
    missing: deque[int]


class _Run:
    """Goes through the walk, gives to the workers what is new, and puts the answers into parts."""

    def __init__(self, entries: Iterator[Item | Skipped], out: Path, settings: ScanSettings) -> None:
        self.store = PartStore(out, _version(settings))
        self.seen = 0
        self.reused = 0
        self.n_parts = 0
        self._walk = entries
        self._settings = settings
        self._open: deque[_Part] = deque()

    def read(self, report: ProgressReport, *, workers: int | None, timeout_s: float, dask: str | None) -> None:
        function = partial(scan_item, settings=self._settings)
        items = self._new_items(report)
        for chunk in map_chunks(function, items, collect=pack, workers=workers, timeout_s=timeout_s, dask=dask):
            for item, lines, features in _by_file(chunk):
                self._put(FileLines(item, lines, features))
            report.advance(len(chunk.items))

    def _new_items(self, report: ProgressReport) -> Iterator[Item]:
        """Yield what must be read; what an earlier run has read goes straight to its part."""
        for number, entries in enumerate(cut(self._walk)):
            self.n_parts = number + 1
            self.seen += len(entries)
            part = self._plan(number, entries)
            report.advance(len(entries) - len(part.missing))
            if part.missing:
                self._open.append(part)
                for place in list(part.missing):
                    item = entries[place]
                    if isinstance(item, Item):
                        yield item
            elif not self.store.has(number, entries):
                self._write(part)

    def _plan(self, number: int, entries: list[Item | Skipped]) -> _Part:
        files: list[FileLines | None] = []
        for entry in entries:
            if isinstance(entry, Skipped):
                files.append(FileLines(entry, [_skipped(entry)]))
            else:
                files.append(self.store.find(entry))
        missing = deque(place for place, file in enumerate(files) if file is None)
        self.reused += sum(isinstance(file.entry, Item) for file in files if file is not None)
        return _Part(number, files, entries, missing)

    def _put(self, file: FileLines) -> None:
        part = self._open[0]
        part.files[part.missing.popleft()] = file
        if not part.missing:
            self._open.popleft()
            self._write(part)

    def _write(self, part: _Part) -> None:
        self.store.write(part.number, [file for file in part.files if file is not None])


def _by_file(chunk: Chunk) -> Iterator[tuple[Item, list[Line], Features | None]]:
    """Take a chunk's answer apart again."""
    if isinstance(chunk.outcome, Failure):
        yield chunk.items[0], [failed(chunk.outcome)], None
        return
    packed: Packed = chunk.outcome
    rows: list[list[Line]] = [[] for _ in chunk.items]
    for number, line in zip(packed.file_of_line, packed.lines, strict=True):
        rows[number].append(line)
    start = 0
    for item, lines in zip(chunk.items, rows, strict=True):
        stop = start + sum(line.n_features for line in lines)
        yield item, lines, packed.features[start:stop] if packed.features is not None and stop > start else None
        start = stop


def _skipped(entry: Skipped) -> Line:
    return Line(stage="walk", ignored=not entry.rejected, code=entry.code.value, message=entry.message, file_sha256="")


def _version(settings: ScanSettings) -> str:
    """Return a digest of all that the lines depend on besides the files: options, salt, code and libraries."""
    package = Path(__file__).parents[1]
    code = sorted([*package.glob("readers/**/*.py"), *(package / name for name in _CODE)])
    parts = {
        "options": repr(settings.options),
        "salt": pseudonym(settings.salt, "salt", ""),
        "libraries": [_installed(name) for name in _LIBRARIES],
        "code": [hashlib.sha256(path.read_bytes()).hexdigest() for path in code],
        "features": _features_version(package) if settings.features else None,
    }
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


_CODE = (
    "curate/scans/file_lines.py",
    "curate/sources/archives.py",
    "curate/sources/regular_files.py",
    "curate/sources/tumor_folders.py",
    "pixel_hash.py",
)


def _features_version(package: Path) -> str:
    from medcurate.curate.measures import plane_features

    return (
        plane_features.version()
        + hashlib.sha256((package / "curate/measures/plane_features.py").read_bytes()).hexdigest()
    )


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
