"""Windows of pictures that show enough to be recognized: within the head, and with texture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.head import head_masks

SIDE = 64
"""Width and height of the pictures that are compared (pixels)."""
WINDOW = 16
"""Width and height of a window (pixels of a picture of 64 pixels; so 32 pixels of an image of 128)."""
STEP = 6
"""Distance between neighboring windows of a generated image (pixels of 64)."""
_INSIDE = 0.9  # share of a window that is head
_TEXTURE = 0.15  # least standard deviation in a window, as a share of that of the head
_CONTRAST = 3.0  # least standard deviation in a window (gray values)
_BAND = (0.7, 5.0)  # standard deviations of the Gaussians between which windows are compared (pixels of 64)

Bands = NDArray[np.float32]
Indices = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of a set of pictures.

    Attributes
    ----------
    image : ndarray of int64, shape (n,)
        The picture of each window, ascending.
    y, x : ndarray of float32, shape (n,)
        Its center (pixels).
    """

    image: Indices
    y: Floats
    x: Floats

    def __len__(self) -> int:
        return len(self.image)


def informative(pictures: NDArray[np.uint8]) -> Windows:
    """Return the windows on a grid that are worth a comparison.

    Parameters
    ----------
    pictures : ndarray of uint8, shape (n, 64, 64)

    Returns
    -------
    Windows
        Nine tenths of each are head, and its gray values vary: a plain window is like many others.
    """
    centers = np.arange(WINDOW / 2, SIDE - WINDOW / 2 + 1, STEP).astype(np.int64)  # cv2.blur is anchored here
    worth = np.zeros((len(pictures), len(centers), len(centers)), bool)
    for number, (picture, head) in enumerate(zip(pictures, head_masks(pictures), strict=True)):
        if head.any():
            worth[number] = _worth(picture.astype(np.float32), head)[np.ix_(centers, centers)]
    image, row, column = np.nonzero(worth)
    return Windows(image, *((centers[each] - 0.5).astype(np.float32) for each in (row, column)))


def _worth(picture: Floats, head: NDArray[np.bool_]) -> NDArray[np.bool_]:
    size = (WINDOW, WINDOW)
    mean, square, inside = (cv2.blur(each, size) for each in (picture, picture * picture, head.astype(np.float32)))
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    least = max(_CONTRAST, _TEXTURE * float(picture[head].std()))
    return np.asarray((inside >= _INSIDE) & (spread >= least))


def bands(pictures: NDArray[np.uint8]) -> Bands:
    """Return pictures without their finest and coarsest frequencies: noise, and the shading that all heads share.

    Returns
    -------
    ndarray of float32, shape (n, 64, 64)
    """
    found = np.empty(pictures.shape, np.float32)
    for picture, band in zip(pictures, found, strict=True):
        gray = picture.astype(np.float32)
        fine, coarse = (cv2.GaussianBlur(gray, (0, 0), sigma) for sigma in _BAND)
        np.subtract(fine, coarse, out=band)
    return found
