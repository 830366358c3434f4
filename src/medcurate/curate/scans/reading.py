"""The reading half of a scan: every file of a listing to its lines, by workers, with what is known already left out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from medcurate.curate.scans.file_lines import Features, Line, Packed, ScanSettings, failed, pack, scan_item
from medcurate.curate.scans.parts import FileLines, PartStore, cut, part_key
from medcurate.curate.scans.pseudonyms import pseudonym
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.listing import Listing
from medcurate.parallel import Chunk, Failure, Workers
from medcurate.progress import ProgressReport, counted_ahead
from medcurate.versions import version_digest

_LIBRARIES = (
    "numpy", "opencv-python-headless", "pillow", "simplejpeg", "pydicom", "nibabel", "h5py", "scipy", "python-gdcm",
)  # fmt: skip
_CODE = (
    "readers/**/*.py",
    "curate/scans/file_lines.py",
    "curate/sources/archives.py",
    "curate/sources/regular_files.py",
    "curate/sources/tumor_folders.py",
    "pixel_hash.py",
)
_FEATURE_CODE = "curate/measures/plane_features.py"


@dataclass(slots=True)
class ReadParts:
    """The parts that reading has left in the store.

    Attributes
    ----------
    keys : list of bytes
        Of the parts, in the order of the listing.
    seen : int
        Files and members of archives, whatever became of them.
    reused : int
        Files that were not read, as an earlier run had.
    """

    keys: list[bytes]
    seen: int = 0
    reused: int = 0


def read_files(listing: Listing, store: PartStore, settings: ScanSettings, workers: Workers) -> ReadParts:
    """Read every file of the listing that the store does not know yet.

    Raises
    ------
    OutputError
        The store cannot be written.
    """
    report = ProgressReport("scan", show=workers.shown)
    run = _Run(listing, store, report)
    with report, counted_ahead(report, lambda: listing):
        function = partial(scan_item, settings=settings)
        for chunk in workers.map_chunks(function, run.new_items(), collect=pack):
            for file in _by_file(chunk):
                run.put(file)
            report.advance(len(chunk.items))
    return run.found


@dataclass(slots=True)
class _OpenPart:
    """A part that waits for its workers; `files` has None where one is still to answer."""

    key: bytes
    files: list[FileLines | None]
    missing: deque[int]


class _Run:
    """Gives to the workers what is new, and puts their answers, which come in order, into parts."""

    def __init__(self, listing: Listing, store: PartStore, report: ProgressReport) -> None:
        self.found = ReadParts([])
        self._listing = listing
        self._store = store
        self._report = report
        self._open: deque[_OpenPart] = deque()

    def new_items(self) -> Iterator[Item]:
        """Yield the files that must be read."""
        for entries in cut(self._listing):
            key = part_key(entries)
            self.found.keys.append(key)
            self.found.seen += len(entries)
            if self._store.has(key):
                self.found.reused += sum(isinstance(entry, Item) for entry in entries)
                self._report.advance(len(entries))
            else:
                yield from self._begin(key, entries)

    def _begin(self, key: bytes, entries: list[Item | Skipped]) -> Iterator[Item]:
        """Open a part with what earlier runs had found, and yield the rest."""
        files = [self._known(entry) for entry in entries]
        self.found.reused += sum(file is not None and isinstance(file.entry, Item) for file in files)
        part = _OpenPart(key, files, deque(place for place, file in enumerate(files) if file is None))
        self._report.advance(len(entries) - len(part.missing))
        if not part.missing:
            self._write(part)
            return
        self._open.append(part)
        for place in list(part.missing):
            item = entries[place]
            if isinstance(item, Item):
                yield item

    def _known(self, entry: Item | Skipped) -> FileLines | None:
        return FileLines(entry, [_skipped(entry)]) if isinstance(entry, Skipped) else self._store.find(entry)

    def put(self, file: FileLines) -> None:
        """Take the lines of the next file."""
        part = self._open[0]
        part.files[part.missing.popleft()] = file
        if not part.missing:
            self._write(self._open.popleft())

    def _write(self, part: _OpenPart) -> None:
        self._store.write(part.key, [file for file in part.files if file is not None])


def _by_file(chunk: Chunk) -> Iterator[FileLines]:
    """Take the answer to a chunk apart."""
    if isinstance(chunk.outcome, Failure):
        yield FileLines(chunk.items[0], [failed(chunk.outcome)])
        return
    packed: Packed = chunk.outcome
    rows: list[list[Line]] = [[] for _ in chunk.items]
    for number, line in zip(packed.file_of_line, packed.lines, strict=True):
        rows[number].append(line)
    start = 0
    for item, lines in zip(chunk.items, rows, strict=True):
        stop = start + sum(line.n_features for line in lines)
        yield FileLines(item, lines, _some(packed.features, start, stop))
        start = stop


def _some(features: Features | None, start: int, stop: int) -> Features | None:
    return features[start:stop] if features is not None and stop > start else None


def _skipped(entry: Skipped) -> Line:
    return Line(stage="walk", ignored=not entry.rejected, code=entry.code.value, message=entry.message, file_sha256="")


def lines_version(settings: ScanSettings) -> str:
    """Return a digest of everything that lines depend on besides the files: options, salt, code and libraries."""
    package = Path(__file__).parents[2]
    code = [path for name in _CODE for path in package.glob(name)]
    features = None
    if settings.features:
        from medcurate.curate.measures import plane_features

        features = plane_features.version()
        code.append(package / _FEATURE_CODE)
    return version_digest(
        libraries=_LIBRARIES,
        code=code,
        options=repr(settings.options),
        salt=pseudonym(settings.salt, "salt", ""),
        features=features,
    )
