"""Random planes through a volume: position, tilt, size and deformation of a slice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.plane_training.fields import Image, smooth_field

SIZE = 128
"""Width and height of a slice before it is cropped, padded or rotated (pixels)."""

NORMAL_AXIS = {"sagittal": 0, "coronal": 1, "axial": 2}

_FIELD_OF_VIEW_MM = (190.0, 290.0)  # brain protocols: 200 to 260
_COVERED = 0.84  # fraction of the extent: the outermost slices show too little to classify their plane
_TILT_DEG, _STRONG_TILT_DEG, _STRONG_TILT_SHARE = 6.0, 12.0, 0.3  # head position and oblique protocols
_SIZE_SPREAD, _PROPORTION_SPREAD = 0.05, 0.07  # deviation of log size: children to adults, long to round heads
_SHIFT_MM = 4.0
_MAX_BEND = 5.0  # voxels, elastic deformation
_VENTRICLE_CENTER_MM = (0.0, 2.0, 4.0)  # from the middle of the brain (RAS)
_VENTRICLE_REACH_MM = (18.0, 34.0)
_VENTRICLE_MAX_SWELLING = 0.6  # 0: as in the template, 0.6: marked hydrocephalus
_VENTRICLE_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A head on an isotropic RAS grid, stored for fast slicing.

    Attributes
    ----------
    atlas : ndarray of uint8, shape (rows * ny, columns * nz, channels)
        The sagittal layers as tiles, row by row: OpenCV interpolates only in 2-D, ten times as fast as SciPy in 3-D.
    shape : tuple of int
        (nx, ny, nz).
    center_mm, extent_mm : ndarray, shape (3,)
        Center and size of the foreground, relative to the center of voxel (0, 0, 0).
    """

    atlas: NDArray[np.uint8]
    shape: tuple[int, int, int]
    spacing_mm: float
    center_mm: NDArray[np.float64]
    extent_mm: NDArray[np.float64]

    @classmethod
    def around(cls, channels: Sequence[NDArray[np.uint8]], spacing_mm: float, foreground: NDArray[np.bool_]) -> Volume:
        """Make a volume whose planes pass through the foreground.

        Parameters
        ----------
        channels : sequence of 1 to 4 ndarrays of uint8, shape (nx, ny, nz)
            Gray values, labels, or tissue maps, with a margin of zeros, because border values continue outside.
        foreground : ndarray of bool, shape (nx, ny, nz)
            Not empty.
        """
        ends = []
        for axis in range(3):
            others = tuple(k for k in range(3) if k != axis)
            used = np.flatnonzero(foreground.any(axis=others))
            ends.append((used[0], used[-1]))
        low, high = np.array(ends, np.float64).T * spacing_mm
        nx, ny, nz = foreground.shape
        columns = _atlas_columns(nx)
        layers = np.zeros((-(-nx // columns) * columns, ny, nz, len(channels)), np.uint8)
        layers[:nx] = np.stack(channels, axis=-1)
        tiled = layers.reshape(-1, columns, ny, nz, len(channels)).swapaxes(1, 2)
        atlas = np.ascontiguousarray(tiled.reshape(-1, columns * nz, len(channels)))
        return cls(atlas, (nx, ny, nz), spacing_mm, (low + high) / 2, high - low)


def _atlas_columns(layers: int) -> int:
    return math.isqrt(layers - 1) + 1


def rotation(rng: np.random.Generator, sigma_deg: float) -> NDArray[np.float64]:
    """Draw a rotation about all three axes, shape (3, 3); `sigma_deg` is the standard deviation of each angle."""
    angles = np.deg2rad(rng.normal(0, sigma_deg, 3))
    (ca, cb, cc), (sa, sb, sc) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return np.asarray(about_x @ about_y @ about_z)


def plane_coordinates(rng: np.random.Generator, volume: Volume, plane: str, *, swell_ventricles: bool = False) -> Image:
    """Draw a slice through a volume, in display orientation (axial: front up, patient's right at the left).

    Parameters
    ----------
    plane : {'axial', 'coronal', 'sagittal'}
    swell_ventricles : bool
        Enlarge the middle of the brain in half of the slices.

    Returns
    -------
    ndarray of float32, shape (3, SIZE, SIZE)
        Voxel coordinates; they may lie outside the volume.
    """
    points = _flat_plane(rng, volume.extent_mm, plane)
    tilt = _TILT_DEG if rng.random() >= _STRONG_TILT_SHARE else _STRONG_TILT_DEG
    matrix = rotation(rng, tilt) @ np.diag(np.exp(rng.normal(0, _PROPORTION_SPREAD, 3)))
    matrix *= np.exp(rng.normal(0, _SIZE_SPREAD))
    points = np.tensordot(matrix.astype(np.float32), points, axes=1)
    if swell_ventricles and rng.random() < _VENTRICLE_SHARE:
        points = _swell(rng, points)
    start = (volume.center_mm + rng.normal(0, _SHIFT_MM, 3)).astype(np.float32)
    points += start[:, None, None]
    bend = rng.uniform(0, _MAX_BEND)
    for axis in range(3):
        points[axis] += smooth_field(rng, (SIZE, SIZE), int(rng.integers(3, 7)), bend)
    return np.asarray(points / np.float32(volume.spacing_mm))


def _flat_plane(rng: np.random.Generator, extent_mm: NDArray[np.float64], plane: str) -> Image:
    """Return the points (mm from the middle) of a flat slice at a random height."""
    pixel_mm = rng.uniform(*_FIELD_OF_VIEW_MM) / SIZE
    steps = ((np.arange(SIZE) - SIZE / 2 + 0.5) * pixel_mm).astype(np.float32)
    columns, rows = np.meshgrid(steps, steps)
    axis = NORMAL_AXIS[plane]
    points = np.empty((3, SIZE, SIZE), np.float32)
    points[axis] = rng.uniform(-0.5, 0.5) * extent_mm[axis] * _COVERED
    across, down = (k for k in range(3) if k != axis)  # left to right runs along the first of the other two axes
    points[across], points[down] = -columns, -rows
    return points


def _swell(rng: np.random.Generator, points: Image) -> Image:
    """Enlarge the middle: move sample points near the ventricles toward their center."""
    away = points - np.array(_VENTRICLE_CENTER_MM, np.float32)[:, None, None]
    amount = np.float32(rng.uniform(0, _VENTRICLE_MAX_SWELLING))
    reach = np.float32(rng.uniform(*_VENTRICLE_REACH_MM))
    return np.asarray(points - away * amount * np.exp(-np.sum(away * away, axis=0) / reach**2))


def sample(volume: Volume, coordinates: Image) -> Image:
    """Interpolate linearly at voxel coordinates.

    Parameters
    ----------
    coordinates : ndarray of float32, shape (3, h, w)

    Returns
    -------
    ndarray of float32, shape (channels, h, w)
        In [0, 255], exact to about 2 gray values.
    """
    x, y, z = _inside(volume, coordinates)
    left = np.floor(x)
    part = (x - left)[..., None]
    first = _picture(volume, left, y, z)
    second = _picture(volume, np.minimum(left + 1, np.float32(volume.shape[0] - 1)), y, z)
    return np.moveaxis(first + (second - first) * part, -1, 0)


def sample_nearest(volume: Volume, coordinates: Image) -> NDArray[np.uint8]:
    """Read the nearest voxel of the first channel, for labels; shape coordinates.shape[1:]."""
    x, y, z = np.rint(_inside(volume, coordinates)).astype(np.intp)
    columns = _atlas_columns(volume.shape[0])
    return np.asarray(volume.atlas[x // columns * volume.shape[1] + y, x % columns * volume.shape[2] + z, 0])


def _inside(volume: Volume, coordinates: Image) -> Image:
    last = np.array(volume.shape, np.float32)[:, None, None] - 1
    return np.clip(coordinates, 0, last)


def _picture(volume: Volume, layer: Image, y: Image, z: Image) -> Image:
    """Interpolate within sagittal layers, one layer per pixel; shape (h, w, channels)."""
    columns = _atlas_columns(volume.shape[0])
    row = np.floor(layer / columns)
    across = (layer - row * columns) * volume.shape[2] + z
    pixels = cv2.remap(volume.atlas, across, row * volume.shape[1] + y, cv2.INTER_LINEAR)
    return pixels.reshape(*layer.shape, -1).astype(np.float32)
