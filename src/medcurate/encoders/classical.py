"""The default encoder: hand-crafted shape, intensity and texture features, without training or downloads.

- shape: histograms of oriented gradients (Dalal and Triggs, 2005) of the image at 64 pixels, in 4 x 4 blocks of 16
  pixels and in 3 x 3 overlapping blocks of 32
- intensity: histogram of gray values, mean gray value on a grid of 4 x 4
- texture: power spectrum in rings (log), strength of the detail lost by each of three halvings (log), on a grid of 2 x
  2; both at the image's own size, where noise, blur and compression are visible
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.encoder import Block, Images, check_images
from medcurate.encoders.resize import resized

_SIDE = 64
_BINS = 24
_GRID = 4
_RINGS = 16
_LEVELS = 3
_SHAPE = 576 + 324
_FAINT = 1.0  # gray level below which detail counts as none


class Classical:
    """Gradients, gray values and spectra; see the module."""

    name = f"classical[shape {_SIDE} px area, texture at own size, 0..255]"
    blocks = (
        Block("shape", _SHAPE, 64),
        Block("intensity", _BINS + _GRID * _GRID, None),
        Block("texture", _RINGS + 4 * _LEVELS, None),
    )

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return the features of gray images.

        Parameters
        ----------
        images : ndarray of uint8, shape (n, height, width)

        Returns
        -------
        ndarray of float32, shape (n, 968)

        Raises
        ------
        UsageError
            If type or shape is another.
        """
        check_images(images)
        found = np.empty((len(images), sum(block.width for block in self.blocks)), np.float32)
        for row, image in enumerate(images):
            found[row] = np.concatenate([_shape(image), _intensity(image), _texture(image)])
        return found


def _shape(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = resized(image, _SIDE, _SIDE)
    fine, coarse = (np.asarray(_gradients(cell).compute(small), np.float32).ravel() for cell in (8, 16))
    # Every block of a histogram has norm one: the fine grid has 16 blocks, the coarse one 9.
    return np.concatenate([fine / 4, coarse / 3])


@cache
def _gradients(cell: int) -> cv2.HOGDescriptor:
    return cv2.HOGDescriptor((_SIDE, _SIDE), (2 * cell, 2 * cell), (16, 16), (cell, cell), 9)


def _intensity(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    counts = np.bincount(image.ravel(), minlength=256)
    shares = np.add.reduceat(counts, np.arange(_BINS) * 256 // _BINS) / image.size
    grid = cv2.resize(image.astype(np.float32), (_GRID, _GRID), interpolation=cv2.INTER_AREA) / 255
    # Euclidean distances of square roots of proportions are Hellinger distances.
    return np.concatenate([np.sqrt(shares), grid.ravel()]).astype(np.float32)


def _texture(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    gray = image.astype(np.float32)
    power = np.abs(np.fft.rfft2(gray - gray.mean())) ** 2 / image.size
    ring, members = _rings(*image.shape)
    spectrum = np.bincount(ring.ravel(), power.ravel(), _RINGS + 1)[:_RINGS] / members
    details = []
    for _ in range(_LEVELS):
        half = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        lost = gray - cv2.resize(half, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
        details.append(cv2.resize(lost**2, (2, 2), interpolation=cv2.INTER_AREA).ravel())
        gray = np.asarray(half, np.float32)
    strength = np.concatenate([spectrum, *details])
    return np.asarray(np.log(strength + _FAINT) / 2, np.float32)


@cache
def _rings(height: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the ring of each frequency of `rfft2` and the size of each ring; the last is beyond Nyquist."""
    across = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    ring = np.minimum((across * 2 * _RINGS).astype(np.int64), _RINGS)
    return ring, np.maximum(np.bincount(ring.ravel(), minlength=_RINGS + 1)[:_RINGS], 1).astype(np.float64)
