"""Detection of volumes that show a face, because they were neither skull-stripped nor defaced.

A face can be rendered from a whole-head scan and matched with photographs (Schwarz et al., 2021, Neuroimage 231). The
test is geometric: in a head with a face, eyes, nose and mouth are as anterior as the forehead; without skull or face
the profile recedes by several centimeters.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_STEP_MM = 2.0
_FOREHEAD_MM = (40, 96)  # below the vertex
_FACE_MM = (100, 140)
_MIDDLE_MM = 24  # to either side of the midline, for the nose
_RECEDES_MM = 16.0  # faces of whole heads are within 10 mm of the forehead, stripped brains 36 mm and more behind it
_FEWEST_LEVELS = 5  # levels of 2 mm: less than one centimeter of a face identifies nobody
_DENSE = 3  # midline voxels that define the front of a level, so that a speck does not


class FaceCheck(NamedTuple):
    """Whether a volume shows a face.

    Attributes
    ----------
    protrusion_mm : float or None
        Distance of the face in front of the forehead, negative if behind; None if the volume ends above the face.
    """

    visible: bool
    protrusion_mm: float | None


def find_face(volume: NDArray[np.generic], spacing_mm: tuple[float, float, float]) -> FaceCheck:
    """Check whether the face of a head is visible.

    Parameters
    ----------
    volume : ndarray, shape (x, y, z)
        In RAS order: x increases to the right, y anteriorly, z superiorly.
    spacing_mm : tuple of 3 floats

    Raises
    ------
    ValueError
        If the volume does not have three axes.
    """
    if volume.ndim != 3:
        raise ValueError(f"expected a volume of three axes, received shape {volume.shape}")
    head = _head(_coarse(volume, spacing_mm))
    levels = np.flatnonzero(head.any(axis=(0, 1)))
    if not len(levels):
        return FaceCheck(False, None)
    front = _front(head)[: levels.max() + 1][::-1]  # from the vertex down
    forehead = _between(front, _FOREHEAD_MM)
    face = _between(front, _FACE_MM)
    if len(face) < _FEWEST_LEVELS or not len(forehead):
        return FaceCheck(False, None)
    protrusion = float(np.median(face) - forehead.max()) * _STEP_MM
    return FaceCheck(protrusion > -_RECEDES_MM, round(protrusion, 1))


def _coarse(volume: NDArray[np.generic], spacing_mm: tuple[float, float, float]) -> NDArray[np.float32]:
    """Resample to 2 mm: fast, and fine enough for a nose."""
    factors = [mm / _STEP_MM for mm in spacing_mm]
    fine = np.nan_to_num(volume.astype(np.float32))
    steps = tuple(max(1, int(1 / factor)) for factor in factors)
    thinned = fine[tuple(slice(None, None, step) for step in steps)]
    zoom = [factor * step for factor, step in zip(factors, steps, strict=True)]
    return np.asarray(ndimage.gaussian_filter(ndimage.zoom(thinned, zoom, order=1), 1.0), np.float32)


def _head(volume: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the largest component above air; half of Otsu's threshold also includes dark skin."""
    low, high = float(volume.min()), float(np.percentile(volume, 99))
    scaled = np.clip((volume - low) * (255 / max(high - low, 1e-6)), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(scaled.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    things, count = ndimage.label(scaled > threshold / 2)
    if count == 0:
        return np.zeros(volume.shape, np.bool_)
    sizes = np.bincount(things.ravel())
    sizes[0] = 0
    return np.asarray(things == sizes.argmax())


def _front(head: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the most anterior position near the midline at each level, NaN if there is none."""
    weights = head.sum(axis=(1, 2))
    middle = round(float(np.average(np.arange(head.shape[0]), weights=weights)))
    half = round(_MIDDLE_MM / _STEP_MM)
    dense = head[max(0, middle - half) : middle + half].sum(axis=0) >= _DENSE  # (y, z)
    rows = np.arange(dense.shape[0], dtype=np.float64)[:, None]
    front = np.where(dense, rows, -1.0).max(axis=0)
    return np.where(front < 0, np.nan, front)


def _between(front: NDArray[np.float64], span_mm: tuple[int, int]) -> NDArray[np.float64]:
    low, high = (round(mm / _STEP_MM) for mm in span_mm)
    part = front[low:high]
    return part[np.isfinite(part)]
