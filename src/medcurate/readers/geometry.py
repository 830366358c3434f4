"""Planes, obliquity and stacks from positions and directions in patient space.

Directions may be LPS (DICOM) or RAS (NIfTI): they differ only in signs, on which no function here depends.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.frame import Plane

MAX_OBLIQUITY_DEG = float(np.degrees(np.arccos(1 / np.sqrt(3))))
"""The largest possible angle between a normal and its nearest axis (54.74 degrees)."""

_PLANES: tuple[Plane, ...] = ("sagittal", "coronal", "axial")  # normal along x, y, z
_UNDECIDED_DEG = 10.0  # below this difference between the two nearest axes the plane is uncertain
_UNIT_TOLERANCE = 0.02  # direction cosines are decimal text with as few as 3 digits
_SHEAR_DEG = 1.0
_GAP_TOLERANCE = 0.1  # fraction of the usual distance
_SAME_PLACE_MM = 1e-3


def plane_of_normal(normal: ArrayLike) -> tuple[Plane, float, float]:
    """Return the anatomical plane of a slice from its normal.

    Parameters
    ----------
    normal : array_like, shape (3,)
        Nonzero, of any length and sign; LPS or RAS.

    Returns
    -------
    plane : {'axial', 'coronal', 'sagittal'}
    confidence : float
        In [0.5, 1]; 1 unless the second nearest axis is at most 10 degrees further away than the nearest.
    obliquity_deg : float
        Angle between the normal and the nearest axis, in [0, 54.74] degrees.

    Raises
    ------
    ValueError
        The normal is zero, not finite or not of shape (3,).
    """
    vector = np.asarray(normal, dtype=np.float64)
    if vector.shape != (3,) or not np.isfinite(vector).all() or not vector.any():
        raise ValueError("normal: expected 3 finite numbers, not all zero")
    vector = np.abs(vector / np.abs(vector).max())
    # atan2 is accurate near 0 degrees, where arccos loses half of the digits
    across = [np.hypot(vector[(axis + 1) % 3], vector[(axis + 2) % 3]) for axis in range(3)]
    angles = np.degrees(np.arctan2(across, vector))
    first, second, _ = np.argsort(angles, kind="stable")
    confidence = float(np.clip(0.5 + (angles[second] - angles[first]) / (2 * _UNDECIDED_DEG), 0.5, 1.0))
    return _PLANES[int(first)], confidence, min(float(angles[first]), MAX_OBLIQUITY_DEG)


def normal_of_iop(iop: ArrayLike | None) -> NDArray[np.float64] | None:
    """Return the unit normal of an ImageOrientationPatient, or None if it is not usable.

    Parameters
    ----------
    iop : array_like, shape (6,), or None
        Direction cosines along a row and along a column.

    Returns
    -------
    ndarray, shape (3,), or None
        None if `iop` is missing, not finite, or its two halves are not orthogonal unit vectors (within 2 %).
    """
    if iop is None:
        return None
    values = np.asarray(iop, dtype=np.float64)
    if values.shape != (6,) or not np.isfinite(values).all() or np.abs(values).max() > 2:
        return None
    row, column = values[:3], values[3:]
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if np.abs(lengths - 1).max() > _UNIT_TOLERANCE or abs(row @ column) > _UNIT_TOLERANCE:
        return None
    normal: NDArray[np.float64] = np.cross(row, column)
    return normal / np.linalg.norm(normal)


def check_affine(affine: ArrayLike) -> None:
    """Check that an affine is finite and invertible.

    Parameters
    ----------
    affine : array_like, shape (4, 4)
        Voxel index to patient space (mm).

    Raises
    ------
    InputError
        BAD_AFFINE: wrong shape or last row, NaN or infinite, singular, or voxels outside 0.0001 mm to 10 m.
    """
    matrix = np.asarray(affine, dtype=np.float64)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        raise InputError(Code.BAD_AFFINE, "affine: expected 4 x 4 finite numbers, received others; export it again")
    if np.abs(matrix[3] - (0, 0, 0, 1)).max() > 1e-6:
        raise InputError(Code.BAD_AFFINE, "affine: expected a last row of 0 0 0 1, received another; export it again")
    sizes = np.linalg.norm(matrix[:3, :3], axis=0)
    if sizes.min() < 1e-4 or sizes.max() > 1e4:
        raise InputError(
            Code.BAD_AFFINE,
            f"affine: expected voxels of 0.0001 to 10000 mm, received {sizes[0]:.3g} x {sizes[1]:.3g} x {sizes[2]:.3g}",
        )
    if abs(np.linalg.det(matrix[:3, :3] / sizes)) < 1e-3:
        raise InputError(Code.BAD_AFFINE, "affine: expected three independent directions, received a singular matrix")


def series_notes(positions: ArrayLike, axes: ArrayLike, spacing: float | None = None) -> tuple[Code, ...]:
    """Return the anomalies of one stack of parallel slices.

    Parameters
    ----------
    positions : array_like, shape (n, 3)
        Center of the first pixel of each slice (mm), in any order; one acquisition (see `split_stacks`).
    axes : array_like, shape (6,)
        Orientation shared by the slices, as in ImageOrientationPatient.
    spacing : float, optional
        Nominal distance between slices (mm): it reveals regular gaps (every second slice missing).

    Returns
    -------
    tuple of Code
        ``GEOM_SHEAR``: the stack leans by more than 1 degree from its normal (gantry tilt, sheared resampling).
        ``GEOM_GAP``: distances differ by more than 10 % from the usual one, or all are a multiple of `spacing`.
    """
    points = np.asarray(positions, dtype=np.float64).reshape(-1, 3)
    normal = normal_of_iop(axes)
    if normal is None or len(points) < 2 or not np.isfinite(points).all():
        return ()
    heights = points @ normal
    points = points[np.argsort(heights, kind="stable")]
    steps = np.diff(points, axis=0)
    gaps = steps @ normal
    notes = []
    lean = points[-1] - points[0]
    rise = float(lean @ normal)
    drift = float(np.linalg.norm(lean - rise * normal))
    if drift > _SAME_PLACE_MM and np.degrees(np.arctan2(drift, rise)) > _SHEAR_DEG:
        notes.append(Code.GEOM_SHEAR)
    usual = float(np.median(gaps))
    irregular = np.abs(gaps - usual).max() > max(_GAP_TOLERANCE * usual, _SAME_PLACE_MM)
    if irregular or _is_multiple(usual, spacing):
        notes.append(Code.GEOM_GAP)
    return tuple(notes)


def _is_multiple(gap: float, spacing: float | None) -> bool:
    if spacing is None or not spacing > _SAME_PLACE_MM:
        return False
    times = gap / spacing
    return times > 1.5 and abs(times - round(times)) < _GAP_TOLERANCE


def split_stacks(
    positions: ArrayLike, axes: ArrayLike, acquisitions: Sequence[Hashable] | None = None
) -> NDArray[np.intp]:
    """Split the slices of one series into stacks in which every position occurs once.

    Slices are split by orientation first, then, only where positions repeat, by acquisition; positions that still
    repeat are distributed in the given order. Two acquisitions in one series thus never interleave, and a scanner that
    counts each slice as an acquisition still yields one stack.

    Parameters
    ----------
    positions : array_like, shape (n, 3)
        Center of the first pixel (mm), in the order of acquisition if it is known.
    axes : array_like, shape (n, 6)
        Orientation of each slice.
    acquisitions : sequence of hashable, optional
        Key of the acquisition (number, echo, time) per slice.

    Returns
    -------
    ndarray of int, shape (n,)
        Index of the stack per slice, 0-based, in order of first appearance.
    """
    points = np.asarray(positions, dtype=np.float64).reshape(-1, 3)
    directions = np.asarray(axes, dtype=np.float64).reshape(-1, 6)
    labels: list[Hashable] = [tuple(np.round(d, 2) + 0.0) for d in directions]
    places = [tuple(np.round(p, 2) + 0.0) for p in points]
    if acquisitions is not None and _repeats(labels, places):
        labels = [(label, key) for label, key in zip(labels, acquisitions, strict=True)]
    visits: dict[Hashable, int] = {}
    keys: list[Hashable] = []
    for label, place in zip(labels, places, strict=True):
        visit = visits[label, place] = visits.get((label, place), -1) + 1
        keys.append((label, visit))
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


def _repeats(labels: Sequence[Hashable], places: Sequence[Hashable]) -> bool:
    pairs = list(zip(labels, places, strict=True))
    return len(set(pairs)) < len(pairs)
