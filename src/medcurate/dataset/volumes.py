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
    """

    name: str
    contrasts: Mapping[str, Path]
    mask: Path | None
    tumor: str | None
    split: str | None
    patient_group: str | None
    fold: int | None
    ids: Mapping[str, str] = field(default_factory=dict)

    def load(self, contrast: str) -> NDArray[np.float32]:
        """Return the voxels of one contrast, shape (x, y, z)."""
        return np.asarray(_image(self.contrasts[contrast]).dataobj, np.float32)

    def stored(self, contrast: str) -> NDArray[Any]:
        """Return the voxels of one contrast in the type that the file holds, shape (x, y, z)."""
        return np.asanyarray(_image(self.contrasts[contrast]).dataobj)

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


def volume_sets(folder: Path, rows: pa.Table) -> Iterator[VolumeSet]:
    """Yield the sets among the rows of a catalogue, in order."""
    columns = ("path", "kind", "tumor", "split", "patient_group", "fold", "image_id")
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
            yield VolumeSet(PurePosixPath(place).name, contrasts, mask, **more, ids=ids)  # type: ignore[arg-type]


def _image(path: Path) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_filename(path)
