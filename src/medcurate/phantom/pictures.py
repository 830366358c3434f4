"""One slice of a phantom with its position in space, and conversion to stored gray values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medcurate.phantom.contrast import PLANES, slices
from medcurate.phantom.fields import Array
from medcurate.phantom.head import Head

# Directions (LPS) of increasing column and of increasing row, as in DICOM's ImageOrientationPatient.
AXES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A 2-D slice.

    Attributes
    ----------
    pixels : ndarray of float32, shape (rows, columns)
    plane : {'axial', 'coronal', 'sagittal'}
    position_mm : tuple of 3 floats
        Center of the first pixel (LPS).
    spacing_mm : float
        Between pixels.
    """

    pixels: Array
    plane: str
    position_mm: tuple[float, float, float]
    spacing_mm: float

    def enlarged(self, factor: int = 2) -> Picture:
        """Interpolate to `factor` times as many pixels over the same area."""
        rows, columns = self.pixels.shape
        image = Image.fromarray(np.ascontiguousarray(self.pixels, np.float32))
        image = image.resize((columns * factor, rows * factor), Image.Resampling.BICUBIC)
        spacing = self.spacing_mm / factor
        shift = (spacing - self.spacing_mm) / 2
        along = np.add(*(np.asarray(axis) for axis in AXES[self.plane]))
        x, y, z = (float(v) for v in np.asarray(self.position_mm) + shift * along)
        pixels = np.maximum(np.asarray(image, np.float32), 0)
        return replace(self, pixels=pixels, position_mm=(x, y, z), spacing_mm=spacing)


def cut(volume: NDArray[np.generic], head: Head, plane: str, index: int) -> Picture:
    """Return slice `index` (along the slice axis, RAS) of a volume of `head`."""
    pixels = slices(volume, plane)[index]
    voxel = np.array(volume.shape) - 1
    voxel[2 - PLANES.index(plane)] = index
    ras = (head.affine @ np.append(voxel, 1.0))[:3]
    position = (float(-ras[0]), float(-ras[1]), float(ras[2]))
    return Picture(pixels=np.asarray(pixels, np.float32), plane=plane, position_mm=position, spacing_mm=head.spacing_mm)


def choose(mask: NDArray[np.bool_], plane: str, count: int, rng: np.random.Generator) -> list[int]:
    """Choose up to `count` equally spaced slices that show much of `mask`; the start is random."""
    axis = 2 - PLANES.index(plane)
    area = mask.sum(axis=tuple(k for k in range(3) if k != axis))
    found = np.flatnonzero(area > 0.25 * area.max())
    first, size = int(found[0]), int(found[-1] - found[0]) + 1
    count = min(count, size)
    step = size // count
    start = first + int(rng.integers(size - (count - 1) * step))
    return [start + k * step for k in range(count)]


def stored(pixels: Array, bits: int, white: float) -> NDArray[np.uint16]:
    """Scale to unsigned integers of `bits` bits so that `white` becomes 80 % of the range."""
    top = 2**bits - 1
    return np.asarray(np.clip(np.rint(pixels * (0.8 * top / white)), 0, top), np.uint16)


def cropped(pixels: Array, margin: float) -> Array:
    """Crop the background to `margin` (fraction of the object's size) on each side."""
    shown = pixels > 0.12 * np.percentile(pixels, 99)
    box = []
    for axis in (0, 1):
        found = np.flatnonzero(shown.mean(axis=1 - axis) > 0.02)
        low, high = (int(found[0]), int(found[-1]) + 1) if found.size else (0, pixels.shape[axis])
        border = round(margin * (high - low))
        box.append(slice(max(low - border, 0), high + border))
    return pixels[tuple(box)]


def screen(pixels: Array, size: int) -> NDArray[np.uint8]:
    """Window to 8 bits and center on a black square of `size` pixels."""
    low, high = np.percentile(pixels, (1.0, 99.6))
    gray = np.clip((pixels - low) * (255 / max(high - low, 1e-6)), 0, 255).astype(np.uint8)
    scale = min(size / gray.shape[0], size / gray.shape[1])
    columns, rows = round(gray.shape[1] * scale), round(gray.shape[0] * scale)
    small = np.asarray(Image.fromarray(gray).resize((columns, rows), Image.Resampling.BICUBIC))
    square = np.zeros((size, size), np.uint8)
    top, left = (size - rows) // 2, (size - columns) // 2
    square[top : top + rows, left : left + columns] = small
    return square
