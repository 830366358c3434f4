"""What the search for copies keeps of each image: one pass over the pixels, in workers, its results kept on disk.

A digest belongs to an ``image_id``, not to a row: equal pixels are read once, and a run that was stopped, or a
catalogue that gained rows, goes on with what is missing. The digests lie in parts of `PART` images under
``.medcurate/digest-2``: small records, and thumbnails beside them, each file with a checksum at its end.
"""

from __future__ import annotations

import hashlib
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
from medcurate.parallel import Failure, Workers
from medcurate.readers.frame import Frame
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import PRIVATE, atomic_write, output_errors

FOLDER = "digest-2"  # a new number when what is computed changes
PART = 2048
IMAGE, VOLUME = 0, 1
RECORD = np.dtype(
    [
        ("image_id", "<u8"),
        ("row", "<i8"),  # in the catalogue of the run that made it
        ("kind", "u1"),  # IMAGE or VOLUME
        ("usable", "?"),  # False where there is too little to see for a comparison
        ("shape", "<i4", (2,)),
        ("box", "<i4", (4,)),  # top, bottom, left, right of the content
        ("range", "<f4", (2,)),  # gray values that are 0 and 255 in the thumbnail
        ("sharpness", "<f4"),
        ("windows", "u1", (len(ph.WINDOWS), ph.HASH_BYTES)),
        ("turned", "u1", (len(ph.TURNS), ph.HASH_BYTES)),
    ]
)
_SUM = 32
_MIN_CONTENT = 24  # pixels: what is smaller shows no head
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
        Number of the row.
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
    """Say whether there is enough to see: near-blank slices resemble each other without being copies."""
    if min(box.bottom - box.top, box.right - box.left) < _MIN_CONTENT:
        return False
    # Noise has no structure that outlives smoothing, and a single blob none within it.
    smooth = cv2.GaussianBlur(thumb.astype(np.float32), (0, 0), 2.0)
    fine = smooth - cv2.GaussianBlur(smooth, (0, 0), 4.0)
    return float(np.abs(fine).mean()) > 2.0


def digest_file(file: RowFile, options: ReadOptions, ids: tuple[int, ...]) -> list[Digest]:
    """Return the digests of the wanted rows of one file; this is what runs in the workers."""
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
    """The slice in the middle of a volume; of two the mean, so that it is the same from either end."""

    def __init__(self) -> None:
        self._row, self._number = -1, 0
        self._sum: NDArray[np.float32] | None = None

    def add(self, row: int, frame: Frame) -> NDArray[np.float32] | None:
        """Take the next slice; return the middle once it is complete."""
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
        Rows whose pixels could not be read any more.
    """

    def __init__(self, folder: Path, first_row: dict[int, int], failed: tuple[tuple[int, Code], ...]) -> None:
        self._parts = [path for path in _part_files(folder) if path.with_suffix(".thumbs").exists()]
        self.failed = failed
        records, places = [], []
        for number, path in enumerate(self._parts):
            part = _load(path, RECORD)
            records.append(part[_SMALL])
            places.append(np.stack([np.full(len(part), number), np.arange(len(part))], axis=1))
        joined = np.concatenate(records) if records else np.empty(0, RECORD)[_SMALL]
        place = np.concatenate(places) if places else np.empty((0, 2), np.int64)
        rows = np.array([first_row.get(int(name), -1) for name in joined["image_id"]], np.int64)
        order = np.argsort(joined["image_id"], kind="stable")
        order = order[rows[order] >= 0]
        self.records = np.array(joined[order])
        self.records["row"] = rows[order]
        self._place = place[order]

    def __len__(self) -> int:
        return len(self.records)

    def hashes(self, name: str, numbers: NDArray[np.integer[Any]], which: int | None = None) -> NDArray[np.uint8]:
        """Return hashes of images, read from the disk.

        Parameters
        ----------
        name : {'windows', 'turned'}
        numbers : ndarray of int64, shape (m,)
            Places in `records`.
        which : int, optional
            The number of the window or view; None for all.

        Returns
        -------
        ndarray of uint8, shape (m, 32), or (m, views, 32) for all
        """
        views = RECORD[name].shape[:1] if which is None else ()
        out = np.empty((len(numbers), *views, ph.HASH_BYTES), np.uint8)
        place = self._place[numbers]
        for number, path in enumerate(self._parts):
            here = np.flatnonzero(place[:, 0] == number)
            if len(here):
                values = _load(path, RECORD)[name]
                out[here] = (values if which is None else values[:, which])[place[here, 1]]
        return out

    def thumbnails(self, numbers: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """Return thumbnails, shape (m, 96, 96), read from the disk."""
        out = np.empty((len(numbers), ph.THUMBNAIL, ph.THUMBNAIL), np.uint8)
        place = self._place[numbers]
        for number in np.unique(place[:, 0]):
            here = np.flatnonzero(place[:, 0] == number)
            out[here] = _load(self._parts[number].with_suffix(".thumbs"), _THUMB)[place[here, 1]]
        return out


_SMALL = ["image_id", "row", "kind", "usable", "shape", "box", "range", "sharpness"]
_THUMB = np.dtype(("u1", (ph.THUMBNAIL, ph.THUMBNAIL)))


def digest_images(
    folder: Path,
    workers: Workers | None = None,
    *,
    store: Path | None = None,
    listing: Iterable[Item | Skipped] | None = None,
) -> Digests:
    """Digest every image and volume of a catalogue that has no digest yet; return all.

    Masks have none, nor have images of one value.

    Parameters
    ----------
    folder : Path
        Where `medcurate.curate.scan` or `sort_planes` wrote.
    workers : Workers, optional
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
    place = (store or folder) / PRIVATE / FOLDER
    with output_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    known = _known(place)
    rows = _Rows(known)
    options = recorded_inputs(folder).options
    work = ((file, rows.ids(file)) for file in row_files(folder, rows.choose, _COLUMNS, listing))
    results = (workers or Workers()).map_files(partial(_digest_item, options=options), work, label="digest")
    failed = _write_parts(place, results)
    return Digests(place, rows.first, tuple(failed))


def _digest_item(item: tuple[RowFile, tuple[int, ...]], options: ReadOptions) -> list[Digest]:
    return digest_file(item[0], options, item[1])


class _Rows:
    """Chooses the first row of each image that has no digest yet."""

    def __init__(self, known: set[int]) -> None:
        self._known = known
        self._number = 0
        self._waiting: dict[int, int] = {}
        self.first: dict[int, int] = {}

    def choose(self, batch: pa.RecordBatch) -> pa.Array:
        """Say of each row of a batch whether it is to be read; batches come in the order of the catalogue."""
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


def _write_parts(
    place: Path, results: Iterator[tuple[tuple[RowFile, tuple[int, ...]], list[Digest] | Failure]]
) -> list[tuple[int, Code]]:
    """Write digests as they come; return the rows that have none."""
    failed: list[tuple[int, Code]] = []
    waiting: list[Digest] = []
    for (file, _), result in results:
        digests = [] if isinstance(result, Failure) else result
        waiting.extend(digests)
        have = {int(digest.record["row"][0]) for digest in digests}
        code = result.code if isinstance(result, Failure) else Code.CHANGED
        failed.extend((row, code) for row in file.rows if row not in have)
        while len(waiting) >= PART:
            _write_part(place, waiting[:PART])
            del waiting[:PART]
    if waiting:
        _write_part(place, waiting)
    return failed


def _write_part(place: Path, digests: list[Digest]) -> None:
    number = max((int(path.stem[5:]) for path in _part_files(place)), default=-1) + 1
    path = place / f"part-{number:06d}.records"
    # The thumbnails come first: a part without records does not count.
    _save(path.with_suffix(".thumbs"), np.stack([digest.thumbnail for digest in digests]))
    _save(path, np.concatenate([digest.record for digest in digests]))


def _save(path: Path, array: NDArray[np.generic]) -> None:
    content = array.tobytes()
    with atomic_write(path, durable=False) as stream:
        stream.write(content)
        stream.write(hashlib.sha256(content).digest())


def _load(path: Path, dtype: np.dtype[np.generic]) -> NDArray[np.void]:
    """Return the content of a part's file, mapped from the disk."""
    item = np.dtype(dtype)
    count = (path.stat().st_size - _SUM) // item.itemsize
    return np.memmap(path, item.base, "r", shape=(count, *item.shape))


def _known(place: Path) -> set[int]:
    """Return the images that have a digest; parts that are torn or were changed are removed, to be done again."""
    known: set[int] = set()
    for path in _part_files(place):
        thumbs = path.with_suffix(".thumbs")
        if not (_is_whole(path, RECORD) and _is_whole(thumbs, _THUMB)):
            with output_errors(path):
                path.unlink(missing_ok=True)
                thumbs.unlink(missing_ok=True)
            continue
        known.update(_load(path, RECORD)["image_id"].tolist())
    return known


def _is_whole(path: Path, dtype: np.dtype[np.generic]) -> bool:
    if not path.is_file():
        return False
    content = path.read_bytes()
    body, total = content[:-_SUM], content[-_SUM:]
    return len(body) % np.dtype(dtype).itemsize == 0 and hashlib.sha256(body).digest() == total


def _part_files(place: Path) -> list[Path]:
    return sorted(place.glob("part-*.records"))
