"""The volumes of a dataset: the contrasts of one patient that share a grid, and their mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import nibabel as nib
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset.files import in_full_range
from medcurate.dataset.layout import MASK


@dataclass(frozen=True, slots=True)
class VolumeSet:
    """Volumes of one patient on one grid.

    Attributes
    ----------
    name : str
        Of their folder.
    contrasts : mapping of str to Path
        Name of the contrast to file.
    ids : mapping of str to str
        Name of the contrast, or ``mask``, to the `image_id` of its file.
    gray_bits : int
        Bits that white has in volumes of 16 bits, see `medcurate.dataset.gray_range`.
    """

    name: str
    contrasts: Mapping[str, Path]
    mask: Path | None
    tumor: str | None
    split: str | None
    patient_group: str | None
    fold: int | None
    ids: Mapping[str, str] = field(default_factory=dict)
    gray_bits: int = 16

    def load(self, contrast: str) -> NDArray[np.float32]:
        """Return the voxels of one contrast, shape (x, y, z)."""
        return np.asarray(_image(self.contrasts[contrast]).dataobj, np.float32)

    def stored(self, contrast: str) -> NDArray[Any]:
        """Return the voxels of one contrast in the type that the file holds, shape (x, y, z); uint16 in full range."""
        return in_full_range(read_voxels(self.contrasts[contrast]), self.gray_bits)

    def load_mask(self) -> NDArray[np.uint16] | None:
        """Return the mask labels, shape (x, y, z), None if there are none."""
        return None if self.mask is None else np.asarray(_image(self.mask).dataobj, np.uint16)

    def shape_of(self, contrast: str | None = None) -> tuple[int, ...]:
        """Return the voxels along each axis of one contrast, of the mask where None; no voxel is read."""
        path = self.mask if contrast is None else self.contrasts[contrast]
        if path is None:
            raise KeyError(contrast)
        return tuple(int(length) for length in _image(path).shape)

    @property
    def affine(self) -> NDArray[np.float64]:
        """Voxel index of the first contrast to RAS+ (mm), shape (4, 4)."""
        return self.affine_of(next(iter(self.contrasts)))

    def affine_of(self, contrast: str) -> NDArray[np.float64]:
        """Return the affine of one contrast, or of the ``mask``: voxel index to RAS+ (mm), shape (4, 4)."""
        path = self.mask if contrast == MASK else self.contrasts[contrast]
        if path is None:
            raise KeyError(contrast)
        return np.asarray(_image(path).affine, np.float64)


def volume_sets(folder: Path, rows: pa.Table, gray_bits: Mapping[str, int] | None = None) -> Iterator[VolumeSet]:
    """Yield the sets among the rows of a catalogue, in order.

    Parameters
    ----------
    folder : Path
        Of the dataset.
    rows : Table
    gray_bits : mapping of str to int, optional
        Source to the bits that white has in its volumes of 16 bits.
    """
    columns = ("path", "kind", "tumor", "split", "patient_group", "fold", "image_id", "source")
    found: dict[str, list[dict[str, object]]] = {}
    for row in rows.select(list(columns)).to_pylist():
        found.setdefault(str(PurePosixPath(str(row["path"])).parent), []).append(row)
    for place, members in found.items():
        files = {PurePosixPath(str(row["path"])).name.removesuffix(".nii.gz"): row for row in members}
        contrasts = {name: folder / str(row["path"]) for name, row in files.items() if row["kind"] == "volume"}
        if contrasts:
            first = next(row for row in members if row["kind"] == "volume")
            mask = folder / place / f"{MASK}.nii.gz" if MASK in files else None
            more = {name: first[name] for name in ("tumor", "split", "patient_group", "fold")}
            ids = {name: str(row["image_id"]) for name, row in files.items() if row["image_id"] is not None}
            bits = (gray_bits or {}).get(str(first["source"] or ""), 16)
            name = PurePosixPath(place).name
            yield VolumeSet(name, contrasts, mask, **more, ids=ids, gray_bits=bits)  # type: ignore[arg-type]


def read_voxels(path: Path) -> NDArray[Any]:
    """Read a volume in the type that its file holds; as floats where the file has a scale."""
    return np.asanyarray(_image(path).dataobj)


def stored_type(path: Path) -> np.dtype[Any]:
    """Return the type that `read_voxels` gives; no voxel is read."""
    return np.asanyarray(_image(path).dataobj[:0]).dtype


def _image(path: Path) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_filename(path)
