"""Read pictures between their pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.collages.windows import WINDOW, Bands, Floats, Indices

_OFFSETS = np.arange(WINDOW, dtype=np.float32) - (WINDOW - 1) / 2
DOWN, RIGHT = (each.ravel().astype(np.float32) for each in np.meshgrid(_OFFSETS, _OFFSETS, indexing="ij"))
"""Place of each pixel of a window from its center, shape (256,)."""


def sampled(pictures: Bands, image: Indices, y: Floats, x: Floats) -> Floats:
    """Interpolate linearly; outside of a picture its border counts.

    Parameters
    ----------
    pictures : ndarray of float32, shape (m, side, side)
    image : ndarray of int64, shape (n,)
        The picture of each row.
    y, x : ndarray of float32, shape (n, k)
        Places (pixels).

    Returns
    -------
    ndarray of float32, shape (n, k)
    """
    side = pictures.shape[-1]
    last = np.float32(side - 1.001)
    x, y = np.clip(x, 0, last), np.clip(y, 0, last)
    left, top = x.astype(np.int64), y.astype(np.int64)
    x, y = x - left.astype(np.float32), y - top.astype(np.float32)
    at = image[:, None] * (side * side) + top * side + left
    flat = pictures.reshape(-1)
    above = flat[at] * (1 - x) + flat[at + 1] * x
    below = flat[at + side] * (1 - x) + flat[at + side + 1] * x
    return np.asarray(above * (1 - y) + below * y, np.float32)


def normalized(windows: NDArray[np.float32]) -> Floats:
    """Return windows without their mean and of length 1: the product of two is their correlation (NCC)."""
    found = windows - windows.mean(axis=-1, keepdims=True)
    return np.asarray(found / (np.linalg.norm(found, axis=-1, keepdims=True) + 1e-6), np.float32)
