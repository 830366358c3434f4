"""The two images of a pair as they are compared: at their own size where it is one, gray values on one scale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.dataset.files import Image
from medcurate.evaluate.head import head_mask
from medcurate.evaluate.paired.pairs import ImagePair, VolumePair
from medcurate.evaluate.paired.scores import Mask, regions_of
from medcurate.pictures import fit

IMAGE_RANGE = 255.0
_FROM_16_BITS = 257.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """One pair, ready to be scored.

    Attributes
    ----------
    real, synthetic : ndarray, shape (height, width) or (x, y, z)
    regions : dict of str to (ndarray of bool or None)
    scaled : bool
        The two had different sizes and were fitted to one square.
    """

    real: NDArray[Any]
    synthetic: NDArray[Any]
    regions: dict[str, Mask]
    data_range: float
    scaled: bool = False


def load_images(real: Dataset, synthetic: Dataset, pair: ImagePair, size: int) -> Loaded:
    """Read two pictures; images of 16 bits are brought to a range of 255, their lower bits kept as fractions.

    Parameters
    ----------
    size : int
        Square that both are fitted to where their sizes differ (pixels).
    """
    ours, theirs = real.image(pair.real), synthetic.image(pair.synthetic)
    tumor = real.mask(pair.real)
    scaled = ours.shape != theirs.shape
    if scaled:
        ours, theirs = fit(ours, size, pad=True), fit(theirs, size, pad=True)
        tumor = None if tumor is None else fit(tumor, size, pad=True, nearest=True)
    head = head_mask(ours)
    return Loaded(_levels(ours), _levels(theirs), regions_of(head, tumor), IMAGE_RANGE, scaled)


def load_volumes(pair: VolumePair, data_range: float | None) -> Loaded | None:
    """Read two volumes, axes turned to run right, front and up; None where shapes differ or the real one is constant.

    Parameters
    ----------
    data_range : float or None
        None: largest minus least value of the real volume.
    """
    real, synthetic = _voxels(pair.real), _voxels(pair.synthetic)
    span = float(np.ptp(real)) if data_range is None else data_range
    if real.shape != synthetic.shape or real.ndim != 3 or not span > 0:
        return None
    mask = None if pair.mask is None else _voxels(pair.mask)
    tumor = mask if mask is not None and mask.shape == real.shape else None
    return Loaded(real, synthetic, regions_of(head_mask(real), tumor), span)


def axial_slices(loaded: Loaded, count: int, size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Cut axial slices, evenly spaced through the middle 60 % of the head; front up, the patient's right on the left.

    Parameters
    ----------
    loaded : Loaded
        Of volumes.
    size : int
        Square that each slice is fitted to (pixels).

    Returns
    -------
    tuple of ndarray of uint8, shape (count, size, size)
        Real and synthetic, on one gray scale: the 0.5 to 99.5 % range of the real head.
    """
    head = loaded.regions.get("head")
    inside = loaded.real if head is None else loaded.real[head]
    low, high = np.quantile(inside, (0.005, 0.995))
    filled = np.arange(loaded.real.shape[2]) if head is None else np.flatnonzero(head.any(axis=(0, 1)))
    first, last = filled[0], filled[-1]
    places = np.linspace(first + 0.2 * (last - first), first + 0.8 * (last - first), count).round().astype(int)
    scale = 255 / max(float(high - low), 1e-12)
    both = (np.clip((volume[..., places] - low) * scale, 0, 255) for volume in (loaded.real, loaded.synthetic))
    real, synthetic = (
        np.stack([fit(one[::-1, ::-1].astype(np.uint8), size, pad=True) for one in cut.T]) for cut in both
    )
    return real.astype(np.uint8), synthetic.astype(np.uint8)


def _levels(image: Image) -> NDArray[np.float64]:
    return image / _FROM_16_BITS if image.dtype == np.uint16 else image.astype(np.float64)


def _voxels(path: Path) -> NDArray[np.float32]:
    """Read a volume, its axes turned to run to the right, to the front and up."""
    import nibabel as nib

    turned = nib.as_closest_canonical(nib.Nifti1Image.from_filename(path))  # type: ignore[no-untyped-call]
    return np.asarray(turned.dataobj, np.float32)
