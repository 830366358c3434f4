"""How alike two small pictures are once one is laid upon the other: what tells a copy from a similar head.

`cv2.findTransformECC` (Evangelidis and Psarakis, Parametric image alignment using enhanced correlation coefficient
maximization, 2008) finds the turn and shift. Then only a band of frequencies counts: coarser, all heads are alike;
finer, a changed copy is no longer like its original. Noise that the synthetic picture has beyond the training image
lowers every correlation in a known way, and is taken out of it (Spearman's correction for attenuation, 1904).
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_BAND = (1.5, 4.0)  # standard deviations of the two Gaussians between which the band lies (pixels of 64)
_STEPS, _PRECISION = 30, 1e-4
_LEAST_SIGNAL = 0.25  # share of a band's variance that is left whatever the noise
_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def likeness(picture: Picture, original: Picture, *, scaled: bool = False) -> float:
    """Lay a picture upon an original and compare them.

    Parameters
    ----------
    picture, original : ndarray of uint8, shape (64, 64)
    scaled : bool
        Whether the picture may also be scaled and sheared, not only turned and shifted.

    Returns
    -------
    float
        In [-1, 1]; 1 for a copy.
    """
    laid = _laid_upon(picture, original, cv2.MOTION_AFFINE if scaled else cv2.MOTION_EUCLIDEAN)
    upon = original.astype(np.float32)
    a, b = _band(laid), _band(upon)
    a -= a.mean()
    b -= b.mean()
    of_a, of_b = float(np.square(a).mean()), float(np.square(b).mean())
    excess = max(0.0, _noise_variance(laid) - _noise_variance(upon))
    signal = max(of_a - excess * _passed(), _LEAST_SIGNAL * of_a)
    return float(np.clip((a * b).mean() / np.sqrt(max(signal * of_b, 1e-9)), -1, 1))


def _laid_upon(picture: Picture, original: Picture, motion: int) -> NDArray[np.float32]:
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _STEPS, _PRECISION)
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, found = cv2.findTransformECC(original.astype(np.float32), picture.astype(np.float32), start, motion, ends)
    except cv2.error:  # they have nothing in common
        return picture.astype(np.float32)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (original.shape[1], original.shape[0])
    moved = cv2.warpAffine(picture.astype(np.float32), found, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _band(image: NDArray[np.float32]) -> NDArray[np.float32]:
    fine, coarse = (cv2.GaussianBlur(image, (0, 0), sigma) for sigma in _BAND)
    return np.asarray(fine - coarse, np.float32)


@cache
def _passed() -> float:
    """Return the share of the variance of white noise that the band lets through."""
    impulse = np.zeros((65, 65), np.float32)
    impulse[32, 32] = 1
    return float(np.square(_band(impulse)).sum())


def _noise_variance(image: NDArray[np.float32]) -> float:
    """Estimate the variance of white noise (Immerkær, Fast noise variance estimation, 1996)."""
    sigma = float(np.abs(cv2.filter2D(image, -1, _LAPLACE)).mean()) * np.sqrt(np.pi / 2) / 6
    return float(sigma**2)
