"""Stack the frames of a series to one volume, by header geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medcurate.readers.frame import Frame
from medcurate.readers.geometry import split_stacks
from tools.plane_training.sampling import Volume

_MIN_SLICES = 15
_MAX_GAP_MM = 5.5  # views across stacks with wider gaps are not useful
_FINEST_MM, _COARSEST_MM = 1.0, 2.0  # of the grid; slices are drawn at 1.5 to 2.3 mm
_MARGIN = 4  # voxels of black around the data
_FOREGROUND = 30  # gray value in 0..255


@dataclass(frozen=True, slots=True)
class _Stack:
    """Parallel slices in order: voxels[slice, row, column], the first pixel (LPS mm), directions, distances (mm)."""

    voxels: NDArray[np.float32]
    start: NDArray[np.float64]
    directions: NDArray[np.float64]  # rows: along a row, along a column, normal
    heights: NDArray[np.float64]
    spacing: tuple[float, float]  # between rows, between columns


def stack_volume(frames: Sequence[Frame]) -> Volume | None:
    """Resample the longest stack among the frames of a series to an isotropic RAS grid of 8-bit gray values.

    Returns
    -------
    Volume or None
        None if no stack has at least 15 slices, at most 5.5 mm apart.
    """
    chosen = _longest(frames)
    stack = _ordered(chosen) if len(chosen) >= _MIN_SLICES else None
    if stack is None or float(np.median(np.diff(stack.heights))) > _MAX_GAP_MM:
        return None
    spacing = float(np.clip(min(stack.spacing), _FINEST_MM, _COARSEST_MM))
    gray = _to_gray(_resample(stack, spacing))
    padded = np.pad(gray, _MARGIN)
    return Volume.around((padded,), spacing, padded > _FOREGROUND)


def _longest(frames: Sequence[Frame]) -> list[Frame]:
    placed = [f for f in frames if f.facts.position_mm and f.facts.axes and f.facts.spacing_mm]
    if not placed:
        return []
    positions = np.array([f.facts.position_mm for f in placed], np.float64)
    axes = np.array([f.facts.axes for f in placed], np.float64)
    numbers = split_stacks(positions, axes, [f.facts.acquisition for f in placed])
    best = int(np.argmax(np.bincount(numbers)))
    chosen = [f for f, number in zip(placed, numbers, strict=True) if number == best]
    return [f for f in chosen if f.pixels.shape == chosen[0].pixels.shape]


def _ordered(frames: Sequence[Frame]) -> _Stack:
    facts = frames[0].facts
    row, column = np.array(facts.axes, np.float64).reshape(2, 3)
    normal = np.cross(row, column)
    positions = np.array([f.facts.position_mm for f in frames], np.float64)
    order = np.argsort(positions @ normal, kind="stable")
    voxels = np.stack([frames[k].pixels for k in order]).astype(np.float32)
    heights = (positions @ normal)[order]
    spacing = facts.spacing_mm or (1.0, 1.0)
    return _Stack(
        voxels, positions[order[0]], np.stack([row, column, normal]), heights - heights[0], (spacing[0], spacing[1])
    )


def _resample(stack: _Stack, spacing_mm: float) -> NDArray[np.float32]:
    """Resample a stack on an enclosing RAS grid, one sagittal layer at a time; 0 outside."""
    depth, height, width = stack.voxels.shape
    last = np.array([(width - 1) * stack.spacing[1], (height - 1) * stack.spacing[0], stack.heights[-1]])
    corners = stack.start + np.array([np.array(c) * last for c in np.ndindex(2, 2, 2)]) @ stack.directions
    low, high = corners.min(axis=0), corners.max(axis=0)
    x, y, z = (np.arange(a, b, spacing_mm) for a, b in zip(low, high, strict=True))
    out = np.empty((len(x), len(y), len(z)), np.float32)
    for k, left in enumerate(x[::-1]):  # RAS and LPS have opposite signs of x and y
        points = np.stack(np.meshgrid([left], y[::-1], z, indexing="ij"), axis=-1)[0] - stack.start
        along_row, along_column, up = np.moveaxis(points @ stack.directions.T, -1, 0)
        slices = np.interp(up, stack.heights, np.arange(depth), left=-1, right=-1)
        index = np.stack([slices, along_column / stack.spacing[0], along_row / stack.spacing[1]])
        out[k] = ndimage.map_coordinates(stack.voxels, index, order=1, mode="constant")
    return out


def _to_gray(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale so that all but the brightest hundredth of the upper half of the voxels fits into 8 bits."""
    upper = values[values > np.percentile(values, 50)]
    top = float(np.percentile(upper, 99)) if upper.size else 1.0
    return np.asarray(np.clip(values / max(top, 1e-6) * 255, 0, 255), np.uint8)
