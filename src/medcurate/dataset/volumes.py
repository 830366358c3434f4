"""The volumes of a dataset: the contrasts of one patient that share a grid, and their mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

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
    """

    name: str
    contrasts: Mapping[str, Path]
    mask: Path | None
    tumor: str | None
    split: str | None
    patient_group: str | None
    fold: int | None

    def load(self, contrast: str) -> NDArray[np.float32]:
        """Return the voxels of one contrast, shape (x, y, z)."""
        return np.asarray(_image(self.contrasts[contrast]).dataobj, np.float32)

    def load_mask(self) -> NDArray[np.uint16] | None:
        """Return the mask labels, shape (x, y, z), None if there are none."""
        return None if self.mask is None else np.asarray(_image(self.mask).dataobj, np.uint16)

    @property
    def affine(self) -> NDArray[np.float64]:
        """Voxel index to RAS+ (mm), shape (4, 4)."""
        return np.asarray(_image(next(iter(self.contrasts.values()))).affine, np.float64)


def volume_sets(folder: Path, rows: pa.Table) -> Iterator[VolumeSet]:
    """Yield the sets among the rows of a catalogue, in order."""
    columns = ("path", "kind", "tumor", "split", "patient_group", "fold")
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
            yield VolumeSet(PurePosixPath(place).name, contrasts, mask, **more)  # type: ignore[arg-type]


def _image(path: Path) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_filename(path)
