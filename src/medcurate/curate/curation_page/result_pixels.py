"""Read pixels of the images and volumes of a dataset, for the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.curation_page.original_pixels import Original, middle
from medcurate.curate.steps import Orient, Picture
from medcurate.dataset.files import read_image
from medcurate.errors import UsageError


def read_result(dataset: Path, row: dict[str, Any]) -> Original | None:
    """Return an image, or the middle slice of a volume; None if it cannot be read.

    Parameters
    ----------
    row : dict
        Row of the catalogue: ``path``, ``kind``, ``plane``.
    """
    path = dataset / row["path"]
    try:
        if row["kind"] == "volume":
            return _middle_of(path, row["plane"])
        pixels: NDArray[Any] = read_image(path)
    except (UsageError, OSError, ValueError, nib.filebasedimages.ImageFileError):
        return None
    if pixels.dtype == np.uint16:
        return Original(pixels, False, 1.0, False)
    return Original(pixels, True, 1.0, False)


def _middle_of(path: Path, plane: str | None) -> Original:
    image: Any = nib.load(path)
    voxels = np.asarray(image.dataobj, np.float32)
    volume = Picture(pixels=voxels, affine=image.affine)
    known: Any = plane if plane in ("axial", "coronal", "sagittal") else None
    cut = middle(Orient().apply(volume.replace(plane=known)))
    spacing = cut.spacing_mm or (1.0, 1.0)
    return Original(cut.pixels, False, spacing[0] / spacing[1], False)
