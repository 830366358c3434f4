"""Grids of volumes: their spacing, whether two agree, and a volume resampled to fit a box of cubic voxels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SAME_MM = 0.1
_DARK, _BRIGHT = 0.5, 99.5  # percentiles of a volume that become the ends of its range


def spacing_of(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of the voxels along each axis (mm), shape (3,)."""
    return np.asarray(np.linalg.norm(affine[:3, :3], axis=0), np.float64)


def same_grid(one: NDArray[np.float64], other: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Say whether two affines put the corners of a volume at the same places, within a tenth of a millimeter."""
    corners = np.array([[0, 0, 0, 1], [*(length - 1 for length in shape), 1]], np.float64).T
    return bool(np.abs((one - other) @ corners).max() <= _SAME_MM)


def box_steps(shape: tuple[int, ...], spacing_mm: NDArray[np.float64], box: tuple[int, ...]) -> NDArray[np.float64]:
    """Return how many voxels one voxel of the box spans along each axis: the volume fits, and new voxels are cubes."""
    side_mm = float((np.array(shape) * spacing_mm / np.array(box)).max())
    return np.asarray(side_mm / spacing_mm, np.float64)


def box_affine(affine: NDArray[np.float64], shape: tuple[int, ...], box: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the affine of a volume after `in_box`: each new voxel has the place (mm) that it shows."""
    step = box_steps(shape, spacing_of(affine), box)
    moved = np.eye(4)
    moved[:3, :3], moved[:3, 3] = np.diag(step), _offset(shape, step, box)
    return np.asarray(affine @ moved, np.float64)


def in_box(
    voxels: NDArray[Any], spacing_mm: NDArray[np.float64], box: tuple[int, ...], *, nearest: bool
) -> NDArray[Any]:
    """Resample a volume to cubic voxels so that it fits a box, centered on black.

    Parameters
    ----------
    voxels : ndarray, shape (x, y, z)
        Integers, or floats in [-1, 1].
    spacing_mm : ndarray, shape (3,)
    box : tuple of int
        Shape of the result.
    nearest : bool
        For masks: no value comes out that does not go in; else linear, after a mean where voxels become fewer.

    Returns
    -------
    ndarray, shape `box`
        In the type of `voxels`; outside of the volume it is 0, or -1 for floats.
    """
    from scipy.ndimage import affine_transform, gaussian_filter

    step = box_steps(voxels.shape, spacing_mm, box)
    kind, black = voxels.dtype, -1.0 if voxels.dtype.kind == "f" else 0.0
    if not nearest:
        voxels = gaussian_filter(voxels.astype(np.float32), np.sqrt(np.maximum(step**2 - 1, 0)) / 3)
    found = affine_transform(
        voxels,
        step,
        _offset(voxels.shape, step, box),
        output_shape=box,
        order=0 if nearest else 1,
        mode="constant",
        cval=black,
    )
    whole: NDArray[Any] = np.asarray(found if nearest or kind.kind == "f" else np.rint(found)).astype(kind)
    return whole


def _offset(shape: tuple[int, ...], step: NDArray[np.float64], box: tuple[int, ...]) -> NDArray[np.float64]:
    return np.asarray((np.array(shape) - 1) / 2 - step * (np.array(box) - 1) / 2, np.float64)


def in_range(voxels: NDArray[Any], bits: int | None) -> NDArray[Any]:
    """Return voxels as a network takes them: uint8 and uint16 as they are, others as float32 in [-1, 1].

    Of other types the 0.5th and 99.5th percentiles become -1 and 1; what lies outside is cut off.

    Parameters
    ----------
    voxels : ndarray
    bits : {8} or None
        8 gives uint8 always: the higher eight bits of 16, and the percentiles become 0 and 255.
    """
    if voxels.dtype in (np.uint8, np.uint16):
        high = voxels.dtype == np.uint16 and bits == 8
        return (voxels >> 8).astype(np.uint8) if high else np.asarray(voxels)
    finite = voxels[np.isfinite(voxels)]
    if not finite.size:
        low, high_value = 0.0, 0.0
    else:
        low, high_value = (float(value) for value in np.percentile(finite, [_DARK, _BRIGHT]))
    plain = np.nan_to_num(voxels.astype(np.float32), nan=low, posinf=high_value, neginf=low)
    share = np.clip((plain - low) / max(high_value - low, 1e-12), 0, 1)
    scaled: NDArray[Any] = np.rint(255 * share).astype(np.uint8) if bits == 8 else (2 * share - 1).astype(np.float32)
    return scaled
