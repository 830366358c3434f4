"""Digests of images for the search for copies, computed in one pass over the pixels and kept in a journal.

A digest belongs to an ``image_id``, not to a row: equal pixels are read once, and a stopped run or a grown catalogue
continues with the missing ones. The digests are in ``.medcurate/digest.journal``, about 10 kB per image.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.curate.measures import perceptual_hash as ph
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.curate.sources.row_pixels import RowFile, is_stacked, read_rows, row_files
from medcurate.curate.sources.scan_inputs import recorded_inputs
from medcurate.errors import Code
from medcurate.journal.columns import Columns
from medcurate.journal.store import Journal
from medcurate.parallel import Failure, Workers
from medcurate.readers.frame import Frame
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import PRIVATE

FILE = "digest.journal"
VERSION = "digest-2"  # increase when the computation changes
PART = 2048  # images stored at a time
IMAGE, VOLUME = 0, 1
RECORD = np.dtype(
    [
        ("image_id", "<u8"),
        ("row", "<i8"),  # in the catalogue of the run that made it
        ("kind", "u1"),  # IMAGE or VOLUME
        ("usable", "?"),  # False if the content is too poor for a comparison
        ("shape", "<i4", (2,)),
        ("box", "<i4", (4,)),  # top, bottom, left, right of the content
        ("range", "<f4", (2,)),  # gray values of 0 and 255 in the thumbnail
        ("sharpness", "<f4"),
        ("windows", "u1", (len(ph.WINDOWS), ph.HASH_BYTES)),
        ("turned", "u1", (len(ph.TURNS), ph.HASH_BYTES)),
    ]
)
_MIN_CONTENT = 24  # pixels: smaller content is not a head
_COLUMNS = ("image_id", "kind", "reason")

Records = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Digest:
    """What is kept of one image.

    Attributes
    ----------
    record : ndarray of `RECORD`, shape (1,)
    thumbnail : ndarray of uint8, shape (96, 96)
    """

    record: Records
    thumbnail: ph.Thumbnail


def digest_pixels(pixels: NDArray[np.generic], *, kind: int = IMAGE, image_id: int = 0, row: int = 0) -> Digest:
    """Return the digest of one image.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
    kind : int
        `IMAGE` or `VOLUME`.
    image_id : int
        The 16 hex digits of the catalogue as a number.
    row : int
        Index of the row.
    """
    box = ph.content_box(pixels)
    part, low, high = ph.content(pixels, box)
    thumb = ph.stretched(part, low, high)
    record = np.zeros(1, RECORD)
    record["image_id"], record["row"], record["kind"] = image_id, row, kind
    record["shape"], record["box"], record["range"] = pixels.shape, box, (low, high)
    record["usable"] = _is_usable(thumb, box)
    record["sharpness"] = sharpness(pixels)
    record["windows"], record["turned"] = ph.window_hashes(thumb), ph.turned_hashes(thumb)
    return Digest(record, thumb)


def sharpness(pixels: NDArray[np.generic]) -> float:
    """Return the variance of the Laplacian over that of the image, 0 for one value only.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
    """
    values = np.ascontiguousarray(pixels, np.float32)
    spread = float(values.var())
    return float(cv2.Laplacian(values, cv2.CV_32F).var()) / spread if spread > 0 else 0.0


def _is_usable(thumb: ph.Thumbnail, box: ph.Box) -> bool:
    """Return whether the content suffices for a comparison: near-blank slices are similar without being copies."""
    if min(box.bottom - box.top, box.right - box.left) < _MIN_CONTENT:
        return False
    # Noise has no structure after smoothing, and a single blob has none inside.
    smooth = cv2.GaussianBlur(thumb.astype(np.float32), (0, 0), 2.0)
    fine = smooth - cv2.GaussianBlur(smooth, (0, 0), 4.0)
    return float(np.abs(fine).mean()) > 2.0


def digest_file(file: RowFile, options: ReadOptions, ids: tuple[int, ...]) -> list[Digest]:
    """Return the digests of the wanted rows of one file, in a worker."""
    wanted = dict(zip(file.rows, ids, strict=True))
    digests: list[Digest] = []
    middle = _Middle()
    for row, frame in read_rows(file, options):
        if not is_stacked(frame.facts):
            digests.append(digest_pixels(frame.pixels, image_id=wanted[row], row=row))
        elif (pixels := middle.add(row, frame)) is not None:
            digests.append(digest_pixels(pixels, kind=VOLUME, image_id=wanted[row], row=row))
    return digests


class _Middle:
    """The middle slice of a volume, or the mean of two, so that it does not depend on the direction."""

    def __init__(self) -> None:
        self._row, self._number = -1, 0
        self._sum: NDArray[np.float32] | None = None

    def add(self, row: int, frame: Frame) -> NDArray[np.float32] | None:
        """Add the next slice; return the middle slice once it is complete."""
        if row != self._row:
            self._row, self._number, self._sum = row, 0, None
        number, depth = self._number, frame.facts.depth or 1
        self._number += 1
        if number in ((depth - 1) // 2, depth // 2):
            values = frame.pixels.astype(np.float32)
            self._sum = values if self._sum is None else np.asarray((self._sum + values) / 2, np.float32)
            if number == depth // 2:
                return self._sum
        return None


class Digests:
    """The digests of the images of a catalogue, in the order of their ``image_id``.

    Attributes
    ----------
    records : ndarray of `RECORD` without hashes, shape (n,)
        Sorted by ``image_id``; `row` is the first row of the catalogue with these pixels.
    failed : tuple of (int, Code)
        Rows whose pixels could no longer be read.
    """

    def __init__(self, store: Columns, first_row: dict[int, int], failed: tuple[tuple[int, Code], ...]) -> None:
        self._store = store
        self.failed = failed
        joined = np.concatenate([np.empty(0, _RECORD), *store.batches("record")])
        rows = np.array([first_row.get(int(name), -1) for name in joined["image_id"]], np.int64)
        order = np.argsort(joined["image_id"], kind="stable")
        self._place = order[rows[order] >= 0]
        self.records = joined[self._place]
        self.records["row"] = rows[self._place]

    def __len__(self) -> int:
        return len(self.records)

    def hashes(self, name: str, numbers: NDArray[np.integer[Any]], which: int | None = None) -> NDArray[np.uint8]:
        """Return hashes of images, read from the disk.

        Parameters
        ----------
        name : {'windows', 'turned'}
        numbers : ndarray of int64, shape (m,)
            Indices into `records`.
        which : int, optional
            Index of the window or view; None for all.

        Returns
        -------
        ndarray of uint8, shape (m, 32), or (m, views, 32) for all
        """
        found = self._store.read(name, self._place[numbers])
        return found if which is None else found[:, which]

    def thumbnails(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """Return thumbnails, shape (m, 96, 96), read from the disk."""
        return self._store.read("thumbnail", self._place[numbers])


_HASHES = ("windows", "turned")
_RECORD = np.dtype([(name, RECORD[name]) for name in RECORD.names or () if name not in _HASHES])
_COLUMNS_KEPT = {
    "record": _RECORD,
    **{name: RECORD[name] for name in _HASHES},
    "thumbnail": np.dtype(("u1", (ph.THUMBNAIL, ph.THUMBNAIL))),
}


def digest_images(
    folder: Path,
    workers: Workers | None = None,
    *,
    store: Path | None = None,
    listing: Iterable[Item | Skipped] | None = None,
) -> Digests:
    """Digest every image and volume of a catalogue that has no digest yet; return all.

    Masks and constant images have none.

    Parameters
    ----------
    folder : Path
        Output folder of `medcurate.curate.scan` or `sort_planes`.
    store : Path, optional
        Folder whose private part keeps the digests, `folder` by default. Its lock is held.
    listing : iterable of Item or Skipped, optional
        The files of the input; None walks it.

    Raises
    ------
    UsageError
        If there is no catalogue, or no record of its inputs.
    OutputError
        If the digests cannot be written.
    """
    kept = Columns(Journal((store or folder) / PRIVATE / FILE, VERSION), _COLUMNS_KEPT)
    rows = _Rows(set(kept.ids.tolist()))
    options = recorded_inputs(folder).options
    work = ((file, rows.ids(file)) for file in row_files(folder, rows.choose, _COLUMNS, listing))
    results = (workers or Workers()).map_files(partial(_digest_item, options=options), work, label="digest")
    failed = _keep(kept, results)
    return Digests(kept, rows.first, tuple(failed))


def _digest_item(item: tuple[RowFile, tuple[int, ...]], options: ReadOptions) -> list[Digest]:
    return digest_file(item[0], options, item[1])


class _Rows:
    """Selects the first row of each image without a digest."""

    def __init__(self, known: set[int]) -> None:
        self._known = known
        self._number = 0
        self._waiting: dict[int, int] = {}
        self.first: dict[int, int] = {}

    def choose(self, batch: pa.RecordBatch) -> pa.Array:
        """Return a mask of the rows of a batch to read; batches come in the order of the catalogue."""
        chosen = []
        columns = [batch.column(name).to_pylist() for name in _COLUMNS]
        for image_id, kind, reason in zip(*columns, strict=True):
            is_image = image_id is not None and kind != "mask" and reason != Code.CONSTANT.value
            number = int(image_id, 16) if is_image else -1
            new = is_image and number not in self.first
            if new:
                self.first[number] = self._number
            chosen.append(new and number not in self._known)
            if chosen[-1]:
                self._waiting[self._number] = number
            self._number += 1
        return pa.array(chosen, pa.bool_())

    def ids(self, file: RowFile) -> tuple[int, ...]:
        """Return the image ids of the wanted rows of a file."""
        return tuple(self._waiting.pop(row) for row in file.rows)


def _keep(
    store: Columns, results: Iterator[tuple[tuple[RowFile, tuple[int, ...]], list[Digest] | Failure]]
) -> list[tuple[int, Code]]:
    """Store digests as they arrive; return the rows without one."""
    failed: list[tuple[int, Code]] = []
    waiting: list[Digest] = []
    for (file, _), result in results:
        digests = [] if isinstance(result, Failure) else result
        waiting.extend(digests)
        have = {int(digest.record["row"][0]) for digest in digests}
        code = result.code if isinstance(result, Failure) else Code.CHANGED
        failed.extend((row, code) for row in file.rows if row not in have)
        while len(waiting) >= PART:
            _append(store, waiting[:PART])
            del waiting[:PART]
    if waiting:
        _append(store, waiting)
    return failed


def _append(store: Columns, digests: list[Digest]) -> None:
    record = np.concatenate([digest.record for digest in digests])
    small = np.empty(len(record), _RECORD)
    for name in _RECORD.names or ():
        small[name] = record[name]
    hashes = {name: record[name] for name in _HASHES}
    thumbnail = np.stack([digest.thumbnail for digest in digests])
    store.append(record["image_id"], record=small, thumbnail=thumbnail, **hashes)
