"""How unlike the left and the right half of a head are: for axial and coronal pictures.

The line between the halves is searched: the picture is turned by up to 15 degrees either way, and at each angle the
column is found about which the picture is most like its mirror image (the peak of the sum, over rows, of each row
convolved with itself). A real head is never its own mirror image, so both ends matter: near 0 a generator has
mirrored one half, and far above the real range the halves do not belong together.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.pictures import fit

SIDE = 64
"""Pixels at which halves are compared: finer detail is noise."""
_ANGLES = tuple(range(-15, 16, 3))  # degrees
_FINER = (-2, -1, 0, 1, 2)
_SHIFT = 0.25  # of the width: how far from the middle of the picture the line may lie


def asymmetry(image: NDArray[np.uint8], head: NDArray[np.bool_]) -> float:
    """Return the difference between a head and its mirror image, as a share of their sum.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width)
        Axial or coronal, upright to about 15 degrees.
    head : ndarray of bool, of the same shape
        Where to look; what is outside counts as black.

    Returns
    -------
    float
        0 for a perfect mirror image, 1 where nothing agrees; NaN where there is no head.
    """
    if not head.any():
        return float("nan")
    small = _small(np.where(head, image, 0).astype(np.float32))
    center = _center(small)
    coarse = max(_ANGLES, key=lambda angle: _mirror_axis(_turned(small, center, angle))[1])
    fine = [coarse + step for step in _FINER]
    return min(_difference(_turned(small, center, angle)) for angle in fine)


def _small(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(fit(image, SIDE, least=8), (3, 3), 0.8), np.float32)


def _center(image: NDArray[np.float32]) -> tuple[float, float]:
    """Return the center of mass of what is not black, as x and y."""
    filled = np.argwhere(image > 0)
    middle = filled.mean(axis=0) if len(filled) else np.array(image.shape) / 2
    return float(middle[1]), float(middle[0])


def _turned(image: NDArray[np.float32], center: tuple[float, float], angle: float) -> NDArray[np.float32]:
    """Turn about the center of the head, which comes to lie in the middle of the picture."""
    map_ = cv2.getRotationMatrix2D(center, angle, 1.0)
    map_[:, 2] += np.array([(image.shape[1] - 1) / 2 - center[0], (image.shape[0] - 1) / 2 - center[1]])
    return np.asarray(cv2.warpAffine(image, map_, image.shape[::-1], flags=cv2.INTER_LINEAR), np.float32)


def _mirror_axis(image: NDArray[np.float32]) -> tuple[int, float]:
    """Return twice the column of the best mirror line, and how well the halves agree there."""
    width = image.shape[1]
    centered = image - image.mean()
    spectrum = np.fft.rfft(centered, 2 * width, axis=1)
    agreement = np.fft.irfft((spectrum * spectrum).sum(axis=0), 2 * width)[: 2 * width - 1]
    reach = int(2 * width * _SHIFT)
    low = width - 1 - reach
    best = low + int(agreement[low : width + reach].argmax())
    return best, float(agreement[best])


def _difference(image: NDArray[np.float32]) -> float:
    twice, _ = _mirror_axis(image)
    width = image.shape[1]
    first = max(0, twice - width + 1)
    part = image[:, first : twice - first + 1]
    total = float(image.sum())
    outside = total - float(part.sum())  # what has no counterpart within the picture
    mirrored = part[:, ::-1]
    return (float(np.abs(part - mirrored).sum()) + outside) / (2 * total) if total > 0 else float("nan")
