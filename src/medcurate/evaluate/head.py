"""Which pixels of a picture, or voxels of a volume, are the head: a classic rule, for images that come without a mask.

The picture is smoothed, Otsu's threshold (1979) parts dark from bright, and the limit is set at a fifth of the way from
the median of the dark to the median of the bright, for fluid and gray matter are darker than fat. The largest connected
part is the head, with its holes filled. In a picture without skull it is the brain. Where values are floating-point
numbers and half of the border or more has one and the same value, that value is the background: the skull was stripped.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

RULE = "above dark + 0.2 (bright - dark) by Otsu, or unlike a constant background; largest part, holes filled"
"""Goes into the settings of every metric that is measured within the head."""

_TOWARD_BRIGHT = 0.2
_SMOOTHING = 1 / 128  # of the longest side: wider than noise, narrower than skin
_LEVELS = 256


def head_mask(pixels: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return which pixels are the head.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (x, y, z)
        Any real type; finite.

    Returns
    -------
    ndarray of bool, of the same shape
        Nothing where all values are equal.
    """
    if pixels.ndim not in (2, 3):
        raise ValueError(f"expected a picture or a volume, received an array of shape {pixels.shape}")
    if np.issubdtype(pixels.dtype, np.floating):
        empty = _exact_background(pixels)
        if empty is not None:
            return _filled(_largest_part(pixels != empty))
    smooth = _smoothed(np.asarray(pixels, np.float32))
    limit = _limit(smooth)
    if limit is None:
        return np.zeros(pixels.shape, np.bool_)
    return _filled(_largest_part(smooth > limit))


def head_masks(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the head of each of several pictures, shape (n, height, width)."""
    return np.stack([head_mask(image) for image in images]) if len(images) else np.zeros(images.shape, np.bool_)


def _exact_background(pixels: NDArray[np.generic]) -> np.generic | None:
    """Return the value that half of the border has, if there is one."""
    border = np.concatenate([np.take(pixels, [0, -1], axis).ravel() for axis in range(pixels.ndim)])
    values, counts = np.unique(border, return_counts=True)
    commonest = int(counts.argmax())
    return values[commonest] if 2 * counts[commonest] >= counts.sum() else None


def _smoothed(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    sigma = max(0.5, max(pixels.shape) * _SMOOTHING)
    if pixels.ndim == 2:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.float32)
    return np.asarray(ndimage.gaussian_filter(pixels, sigma), np.float32)


def _limit(smooth: NDArray[np.float32]) -> float | None:
    low, high = float(smooth.min()), float(smooth.max())
    if not high > low:
        return None
    levels = ((smooth.ravel() - low) * (255.999 / (high - low))).astype(np.uint8)
    counts = np.bincount(levels, minlength=_LEVELS).astype(np.float64)
    split = _otsu(counts) + 1
    dark, bright = _median(counts[:split]), split + _median(counts[split:])
    return low + (dark + _TOWARD_BRIGHT * (bright - dark) + 0.5) * (high - low) / 255.999


def _otsu(counts: NDArray[np.float64]) -> int:
    """Return the last dark level: the one that parts the classes with the largest variance between them."""
    below, moments = np.cumsum(counts), np.cumsum(counts * np.arange(_LEVELS))
    above = below[-1] - below
    gap = moments * above - (moments[-1] - moments) * below
    variance = np.divide(gap * gap, below * above, out=np.zeros(_LEVELS), where=(below > 0) & (above > 0))
    return int(variance.argmax())


def _median(counts: NDArray[np.float64]) -> int:
    total = np.cumsum(counts)
    return int(np.searchsorted(total, total[-1] / 2))


def _largest_part(above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if above.ndim == 2:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(above.view(np.uint8), connectivity=4)
        sizes = stats[1:, cv2.CC_STAT_AREA]
    else:
        labels = np.asarray(ndimage.label(above)[0])
        sizes = np.bincount(labels.ravel())[1:]
    return np.asarray(labels == 1 + int(sizes.argmax())) if sizes.size else above


def _filled(part: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what the outside does not reach."""
    if part.ndim == 3:
        return np.asarray(ndimage.binary_fill_holes(part), np.bool_)
    walls = cv2.copyMakeBorder(part.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(walls, None, (0, 0), 2)
    return np.asarray(walls[1:-1, 1:-1] != 2)
