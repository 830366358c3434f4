"""Read a dataset: select images and load them in batches, with memory that does not grow with their number."""

from __future__ import annotations

import hashlib
import html
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, SCHEMA, Catalogue
from medcurate.dataset.empty_selection import Filtered, empty_selection
from medcurate.dataset.files import Image, encode_png, in_full_range, read_image
from medcurate.dataset.layout import GENERATED, SETTINGS, UNKNOWN, UNLABELED, VOLUMES, is_dataset, mask_path
from medcurate.dataset.plain_folder import list_folder
from medcurate.dataset.volumes import VolumeSet, volume_sets
from medcurate.errors import UsageError
from medcurate.pages.data_uri import data_uri
from medcurate.pictures import fit
from medcurate.run_folder import PRIVATE

_COLUMNS = (
    "image_id", "path", "kind", "source", "modality", "contrast", "plane", "tumor", "patient_group", "split", "fold",
    "height", "width", "bit_depth", "origin",
)  # fmt: skip
_SHOWN = 8  # images shown in a notebook
_AHEAD = 2  # batches that are read ahead

Choice = str | Collection[str] | None


class Batch(NamedTuple):
    """Some images.

    Attributes
    ----------
    images : ndarray of uint8 or uint16, shape (n, height, width)
    labels : ndarray of int64, shape (n,)
        Index into `Dataset.classes`; -1 if unknown.
    ids : tuple of str
        ``image_id`` of each.
    rows : ndarray of int64, shape (n,)
        Row of each image in the dataset that made the batch.
    masks : ndarray of uint8 or uint16, shape (n, height, width), or None
        Mask labels, 0 where an image has no mask; None unless requested.
    """

    images: Image
    labels: NDArray[np.int64]
    ids: tuple[str, ...]
    rows: NDArray[np.int64]
    masks: Image | None


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The images of a dataset folder, or a selection; about 200 bytes per image are held, and no pixels.

    Attributes
    ----------
    rows : Table
        One row per image, columns as in the catalogue.
    volume_rows : Table
        One row per volume or volume mask.
    masked : Table
        One row per mask: ``path`` of the image that it belongs to, and ``image_id`` of the mask itself.
    classes_of : dict of str to tuple of str
        All values of ``tumor`` and ``plane`` in the whole dataset, sorted; a selection keeps these indices.
    gray_bits : mapping of str to int
        Source to the bits that white has in its 16-bit images, which are brought to the full range as they are read,
        see `medcurate.dataset.gray_range`. Sources that are not in it are read as stored.

    Examples
    --------
    >>> dataset = Dataset.open("dataset").select(split="train", plane="axial")  # doctest: +SKIP
    >>> for batch in dataset.batches(32, seed=0):  # doctest: +SKIP
    ...     batch.images.shape, batch.labels, batch.ids
    """

    folder: Path
    rows: pa.Table
    volume_rows: pa.Table
    masked: pa.Table
    classes_of: dict[str, tuple[str, ...]]
    gray_bits: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | str) -> Dataset:
        """Open a dataset folder, or a plain folder of class sub-folders of images.

        In a plain folder the name of a sub-folder is the tumor type; ``train``, ``val`` and ``test`` are splits.

        Raises
        ------
        UsageError
            If it is neither.
        """
        folder = Path(path)
        if not folder.is_dir():
            raise UsageError(f"no dataset at {folder}: expected a folder")
        if (folder / FILE_NAME).exists():
            kept = Catalogue.open(folder).filter(status="kept").to_table(_COLUMNS)
            if not is_dataset(folder):
                raise UsageError(
                    f"{folder} holds a scan, not a dataset. Make one with: medcurate homogenize {folder} --out DATASET"
                )
        elif (folder / PRIVATE / SETTINGS).is_file():
            raise UsageError(f"{folder} is an unfinished dataset: run the same homogenize command again to finish it")
        elif (folder / PRIVATE / GENERATED).is_file():
            raise UsageError(f"{folder} is an unfinished dataset: run the same generate command again to finish it")
        else:
            kept = list_folder(folder).select(list(_COLUMNS))
        return cls._of(folder, kept)

    @classmethod
    def _of(cls, folder: Path, kept: pa.Table) -> Dataset:
        in_volumes = pc.starts_with(kept.column("path"), f"{VOLUMES}/")
        is_mask = pc.equal(kept.column("kind"), "mask")
        masks = kept.filter(pc.and_(is_mask, pc.invert(in_volumes)))
        rows = kept.filter(pc.equal(kept.column("kind"), "image"))
        classes = {
            name: tuple(sorted(value for value in pc.unique(kept.column(name)).to_pylist() if value is not None))
            for name in ("tumor", "plane")
        }
        return cls(folder, rows, kept.filter(in_volumes), _masked(rows.column("path"), masks), classes)

    def select(
        self,
        *,
        split: Choice = None,
        plane: Choice = None,
        tumor: Choice = None,
        source: Choice = None,
        fold: int | Collection[int] | None = None,
        without_fold: int | None = None,
    ) -> Dataset:
        """Return the images of these splits, planes, tumor types, sources and folds; no file is read.

        Parameters
        ----------
        split, plane, tumor, source : str or collection of str, optional
            ``unlabeled`` selects images of unknown tumor type, ``unknown`` those of unknown plane.
        without_fold : int, optional
            All folds except this one; images without a fold are left out, too.

        Raises
        ------
        UsageError
            If nothing is left; the message says which filter removed how many images.
        """
        conditions: list[tuple[str, Sequence[object]]] = []
        for name, wanted in (("split", split), ("plane", plane), ("tumor", tumor), ("source", source)):
            if wanted is not None:
                conditions.append((name, [wanted] if isinstance(wanted, str) else sorted(wanted)))
        if fold is not None:
            conditions.append(("fold", [fold] if isinstance(fold, int) else sorted(fold)))
        if without_fold is not None:
            folds = pc.unique(self.rows.column("fold")).to_pylist()
            conditions.append(("fold", [value for value in folds if value not in (None, without_fold)]))
        rows, volume_rows = self.rows, self.volume_rows
        filters: list[Filtered] = []
        for name, values in conditions:
            before = rows.num_rows + volume_rows.num_rows
            rows, volume_rows = _with_values(rows, name, values), _with_values(volume_rows, name, values)
            filters.append(Filtered(name, values, before, rows.num_rows + volume_rows.num_rows))
            if not filters[-1].after:
                raise UsageError(f"{self.folder}: {empty_selection(filters, self._values(name))}")
        return replace(self, rows=rows, volume_rows=volume_rows)

    def _values(self, name: str) -> list[str]:
        tables = (self.rows, self.volume_rows)
        return sorted({str(value) for table in tables for value in pc.unique(table.column(name)).to_pylist()})

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    @property
    def ids(self) -> tuple[str, ...]:
        """``image_id`` of each image, in order."""
        return tuple(self.rows.column("image_id").to_pylist())

    def digest(self) -> str:
        """Return a SHA-256 of the images and their labels, as hexadecimal digits; their order matters.

        It changes when an image is added, removed, changed or relabeled.
        """
        total = hashlib.sha256()
        for batch in self.rows.select(["image_id", "path", "tumor", "plane"]).to_batches(max_chunksize=8192):
            for line in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                total.update(repr(line).encode())
        return total.hexdigest()

    def classes(self, column: str = "tumor") -> tuple[str, ...]:
        """Return the sorted values of ``tumor`` or ``plane`` in the whole dataset, which labels index."""
        if column not in self.classes_of:
            raise UsageError(f"label: expected {' or '.join(self.classes_of)}, received {column!r}")
        return self.classes_of[column]

    def labels(self, column: str = "tumor") -> NDArray[np.int64]:
        """Return the index into `classes` of each image, -1 if unknown."""
        classes = pa.array(self.classes(column), pa.string())
        places = pc.fill_null(pc.index_in(self.rows.column(column), classes), -1)
        return np.asarray(places.to_numpy(), np.int64)

    def image(self, row: int) -> Image:
        """Read one image, shape (height, width)."""
        pixels = read_image(self.folder / self.rows.column("path")[row].as_py())
        return cast("Image", in_full_range(pixels, self._bits(self.rows.column("source")[row].as_py())))

    def _bits(self, source: str | None) -> int:
        return self.gray_bits.get(source or "", 16)

    def has_mask(self) -> NDArray[np.bool_]:
        """Return a mask of the images that have a mask file."""
        found = pc.is_in(self.rows.column("path"), self.masked.column("path").combine_chunks())
        return np.asarray(found.to_numpy(), bool)

    def mask_ids(self) -> tuple[str | None, ...]:
        """Return the ``image_id`` of the mask of each image, None where it has none."""
        places = pc.index_in(self.rows.column("path"), self.masked.column("path").combine_chunks())
        return tuple(self.masked.column("image_id").take(places.combine_chunks()).to_pylist())

    def mask(self, row: int) -> Image | None:
        """Read the mask of one image, shape (height, width); None if there is none."""
        path = self.rows.column("path")[row].as_py()
        if not pc.any(pc.equal(self.masked.column("path"), path)).as_py():
            return None
        return read_image(self.folder / mask_path(path))

    def volumes(self) -> Iterator[VolumeSet]:
        """Yield sets of volumes: the contrasts of one patient on one grid."""
        return volume_sets(self.folder, self.volume_rows, self.gray_bits)

    def order(self, *, seed: int | None = None, epoch: int = 0) -> NDArray[np.int64]:
        """Return the row order of an epoch: shuffled by seed and epoch, or unchanged without a seed."""
        if seed is None:
            return np.arange(len(self))
        return np.random.default_rng((seed, epoch)).permutation(len(self))

    def batches(
        self,
        n: int,
        *,
        seed: int | None = None,
        epoch: int = 0,
        start: int = 0,
        drop_last: bool = False,
        label: str = "tumor",
        masks: bool = False,
        size: int | tuple[int, int] | None = None,
        threads: int | None = None,
    ) -> Iterator[Batch]:
        """Yield all images once, `n` at a time.

        Parameters
        ----------
        seed, epoch : int, optional
            Of the shuffling, see `order`; without a seed the order is that of the dataset.
        start : int
            Number of batches to skip, to continue an interrupted training.
        drop_last : bool
            Leave out the last batch if it is smaller.
        label : {'tumor', 'plane'}
        masks : bool
            Read the masks, too.
        size : int or (int, int), optional
            Height and width (pixels), or one number for a square: images are scaled to fit and centered on black, masks
            by nearest neighbor.
        threads : int, optional
            Number of threads that read ahead; decoders release the GIL.

        Raises
        ------
        UsageError
            If a number is out of range, an image cannot be read, or images differ in size without `size`.
        """
        if n < 1 or start < 0 or (size is not None and min(np.atleast_1d(size)) < 1):
            raise UsageError(f"n, start, size: expected 1 or more, 0 or more, 1 or more; received {n}, {start}, {size}")
        order, labels = self.order(seed=seed, epoch=epoch), self.labels(label)
        paths, sources = self.rows.column("path"), self.rows.column("source")
        with_mask = self.has_mask() if masks else np.zeros(len(self), bool)
        stops = range(start * n, len(order), n)
        chunks = (order[at : at + n] for at in stops if not drop_last or at + n <= len(order))
        reader = _Reader(self.folder, size, masks)
        with ThreadPoolExecutor(threads) as pool:
            waiting: deque[tuple[NDArray[np.int64], list[Future[tuple[Image, Image | None]]]]] = deque()
            for chunk in chunks:
                bits = [self._bits(sources[r].as_py()) for r in chunk] if self.gray_bits else [16] * len(chunk)
                given = zip(chunk, bits, strict=True)
                tasks = [pool.submit(reader.read, paths[r].as_py(), with_mask[r], deep) for r, deep in given]
                waiting.append((chunk, tasks))
                if len(waiting) > _AHEAD:
                    yield self._batch(*waiting.popleft(), labels)
            while waiting:
                yield self._batch(*waiting.popleft(), labels)

    def _batch(
        self, rows: NDArray[np.int64], read: list[Future[tuple[Image, Image | None]]], labels: NDArray[np.int64]
    ) -> Batch:
        pairs = [future.result() for future in read]
        kinds = sorted({(image.shape, image.dtype.itemsize) for image, _ in pairs})
        if len(kinds) > 1:
            named = ", ".join(f"{h} x {w} of {8 * size} bits" for (h, w), size in kinds[:3])
            raise UsageError(
                f"{self.folder}: images differ in size or depth ({named}); pass size=, or run medcurate homogenize"
            )
        ids = tuple(self.rows.column("image_id").take(pa.array(rows)).to_pylist())
        masks = _stack([mask for _, mask in pairs if mask is not None]) if pairs[0][1] is not None else None
        return Batch(_stack([image for image, _ in pairs]), labels[rows], ids, rows, masks)

    def __repr__(self) -> str:
        return f"Dataset({str(self.folder)!r}, {len(self):,} images, {self.volume_rows.num_rows:,} volumes and masks)"

    def _repr_html_(self) -> str:
        """Show counts and some images in a notebook."""
        lines = []
        for name in ("split", "plane", "tumor", "source"):
            counts = sorted((str(e["values"] or "not known"), e["counts"]) for e in self._counts(name))
            lines.append(f"{name}: " + ", ".join(f"{value} {count:,}" for value, count in counts))
        places = np.linspace(0, max(len(self) - 1, 0), min(_SHOWN, len(self))).astype(int).tolist()
        pictures = "".join(_as_html(self.image(row)) for row in places)
        return f"<p><b>{html.escape(repr(self))}</b><br>{html.escape('; '.join(lines))}</p><p>{pictures}</p>"

    def _counts(self, name: str) -> list[dict[str, object]]:
        return list(pc.value_counts(self.rows.column(name)).to_pylist())


def _with_values(table: pa.Table, name: str, values: Sequence[object]) -> pa.Table:
    """Return the rows with one of these values; ``unlabeled`` and ``unknown`` also match missing values."""
    column = table.column(name)
    chosen = pc.is_in(column, pa.array(values, SCHEMA.field(name).type))
    if UNLABELED in values or UNKNOWN in values:
        chosen = pc.or_(chosen, pc.is_null(column))
    return table.filter(chosen)


def _masked(images: pa.ChunkedArray, masks: pa.Table) -> pa.Table:
    """Return the path of each image that has a mask, and the ``image_id`` of the mask."""
    own = pa.array([mask_path(path) for path in images.to_pylist()] if masks.num_rows else [None] * len(images))
    places = pc.index_in(own.cast(pa.string()), masks.column("path").combine_chunks())
    found = pa.table({"path": images, "image_id": masks.column("image_id").combine_chunks().take(places)})
    return found.filter(places.is_valid())


def _stack(pictures: Sequence[Image]) -> Image:
    return np.stack(cast("Sequence[NDArray[np.uint8]]", pictures))


class _Reader:
    """Reads an image and its mask, scaled to one size."""

    def __init__(self, folder: Path, size: int | tuple[int, int] | None, masks: bool) -> None:
        self._folder = folder
        self._size = size
        self._masks = masks

    def read(self, path: str, has_mask: bool, bits: int) -> tuple[Image, Image | None]:
        image = cast("Image", in_full_range(read_image(self._folder / path), bits))
        mask: Image | None = None
        if self._masks:
            mask = read_image(self._folder / mask_path(path)) if has_mask else np.zeros(image.shape, np.uint8)
        if self._size is not None:
            image = fit(image, self._size, pad=True)
            mask = None if mask is None else fit(mask, self._size, pad=True, nearest=True)
        return image, mask


def _as_html(pixels: Image) -> str:
    small = fit((pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels, 96, pad=True)
    return f'<img alt="" src="{data_uri(encode_png(small), "png")}"> '
