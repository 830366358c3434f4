"""Which images of a dataset have a mask, where it lies, whose it is, and how far apart its pixels are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.dataset import Dataset, VolumeSet
from medcurate.dataset.files import read_image
from medcurate.dataset.layout import IMAGES, MASKS, mask_path, without_split

_LOOKED_AT = 2000  # masks whose labels are read to tell the numbering
_VOLUMES_LOOKED_AT = 32


@dataclass(frozen=True, slots=True)
class MaskedImages:
    """The images of a dataset that have a mask.

    Attributes
    ----------
    images : Dataset
        These images alone.
    paths : tuple of Path
        The mask of each.
    groups : tuple of str
        The patient of each; the image itself where patients are not known.
    patients_known : bool
        Of all of them.
    spacing_mm : ndarray of float64, shape (n, 2), or None
        Distance of rows and of columns as stored; None unless known of every image.
    """

    images: Dataset
    paths: tuple[Path, ...]
    groups: tuple[str, ...]
    patients_known: bool
    spacing_mm: NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.paths)

    def mask(self, row: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Read the labels of one image, shape (height, width)."""
        return read_image(self.paths[row])

    def names(self) -> tuple[str, ...]:
        """Return the path of each image in its dataset, without split and suffix: pairs are found by it."""
        found = (PurePosixPath(without_split(path)) for path in _texts(self.images.rows, "path"))
        return tuple(str(path.with_suffix("")) for path in found)


def masked_images(dataset: Dataset) -> MaskedImages:
    """Find the images that have a mask: those with one in the catalogue, or, in a plain folder, with one in ``masks/``.

    The mask of ``glioma/1.png`` (or ``images/glioma/1.png``) of a plain folder is ``masks/glioma/1.png``.
    """
    listed = (dataset.folder / FILE_NAME).exists()
    paths = _texts(dataset.rows, "path")
    if listed:
        has = dataset.has_mask()
        found = [dataset.folder / mask_path(path) if of else None for path, of in zip(paths, has, strict=True)]
    else:
        found = [_beside(dataset.folder, path) for path in paths]
    rows = [row for row, path in enumerate(found) if path is not None]
    images = replace(dataset, rows=dataset.rows.take(pa.array(rows, pa.int64())))
    groups = images.rows.column("patient_group").to_pylist()
    return MaskedImages(
        images,
        tuple(path for path in found if path is not None),
        tuple(group or path for group, path in zip(groups, _texts(images.rows, "path"), strict=True)),
        bool(groups) and all(groups),
        _spacing(images) if listed else None,
    )


def masked_volumes(dataset: Dataset) -> list[VolumeSet]:
    """Return the sets of volumes that have a mask."""
    return [found for found in dataset.volumes() if found.mask is not None]


def labels_within(images: MaskedImages, volumes: list[VolumeSet]) -> frozenset[int]:
    """Return the labels that occur in the masks; of many masks, in some spread evenly."""
    found: set[int] = set()
    for row in _spread(len(images), _LOOKED_AT):
        found |= set(np.unique(images.mask(row)).tolist())
    for row in _spread(len(volumes), _VOLUMES_LOOKED_AT):
        labels = volumes[row].load_mask()
        found |= set() if labels is None else set(np.unique(labels).tolist())
    return frozenset(found)


def volume_spacing(volume: VolumeSet) -> NDArray[np.float64]:
    """Return the distance of the voxels along each axis (mm), shape (3,)."""
    return np.asarray(np.linalg.norm(volume.affine[:3, :3], axis=0), np.float64)


def _spread(n: int, most: int) -> Iterator[int]:
    yield from np.unique(np.linspace(0, n - 1, min(n, most)).astype(int)).tolist()


def _beside(folder: Path, path: str) -> Path | None:
    inner = PurePosixPath(path.removeprefix(f"{IMAGES}/"))
    for name in (inner, inner.with_suffix(".png"), without_split(path)):
        if (folder / MASKS / name).is_file():
            return folder / MASKS / name
    return None


def _spacing(images: Dataset) -> NDArray[np.float64] | None:
    """Look the spacing up in the catalogue: a `Dataset` does not hold it."""
    wanted = images.rows.column("path")
    known = Catalogue.open(images.folder).filter(status="kept", kind="image").to_table(["path", "spacing_mm"])
    places = pc.index_in(wanted.combine_chunks(), known.column("path").combine_chunks())
    found = known.column("spacing_mm").take(places).to_pylist()
    if not found or any(one is None or len(one) < 2 for one in found):
        return None
    return np.array([one[:2] for one in found], np.float64)


def _texts(rows: pa.Table, name: str) -> list[str]:
    return list(rows.column(name).to_pylist())
