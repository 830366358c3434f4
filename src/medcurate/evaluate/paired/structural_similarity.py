"""Structural similarity of a pair, 2-D and 3-D, whole or within a mask: SSIM (Wang et al., 2004), MS-SSIM (2003).

The window is a Gaussian with a standard deviation of 1.5 pixels, cut at 11 pixels; covariances are those of the
population; K1 = 0.01 and K2 = 0.03. Over a whole image the mean is taken where the window lies within it. Within a mask
the mean is taken over the mask, and the image is mirrored at its border.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.paired.checks import check_pair

WINDOW = 11
"""Pixels a side of the window: the least that a side must have."""
SIGMA = 1.5
K1, K2 = 0.01, 0.03
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of five scales, finest first (Wang et al., 2003); with fewer scales, the first ones, scaled to a sum of 1."""

Mask = NDArray[np.bool_] | None
_Floats = NDArray[Any]


def ssim(real: NDArray[Any], synthetic: NDArray[Any], *, data_range: float, mask: Mask = None) -> float:
    """Return the mean structural similarity.

    Parameters
    ----------
    real, synthetic : ndarray, shape (height, width) or (x, y, z)
        11 pixels a side or more. A volume is seen through a 3-D window.
    data_range : float
        Largest minus least value that is possible (255 for 8 bits), above 0.
    mask : ndarray of bool, optional
        Where to look; everywhere by default.

    Returns
    -------
    float
        At most 1, which only equal images reach.

    Raises
    ------
    UsageError
        The shapes differ or are too small, the range is not positive, or the mask is empty.
    """
    check_pair(real, synthetic, data_range, mask, least_side=WINDOW)
    luminance, structure = _maps(_scaled(real, data_range), _scaled(synthetic, data_range))
    return _mean(luminance * structure, mask)


def ms_ssim(real: NDArray[Any], synthetic: NDArray[Any], *, data_range: float, mask: Mask = None) -> float:
    """Return the multi-scale structural similarity; parameters and errors as of `ssim`.

    Each scale halves the image by means of blocks. There are as many scales as `scales` says. A scale whose mean is
    negative counts as 0, as in torchmetrics' ``normalize='relu'``.
    """
    return both(real, synthetic, data_range=data_range, mask=mask)[1]


def both(real: NDArray[Any], synthetic: NDArray[Any], *, data_range: float, mask: Mask = None) -> tuple[float, float]:
    """Return SSIM and MS-SSIM, which share the work at the finest scale; parameters and errors as of `ssim`."""
    check_pair(real, synthetic, data_range, mask, least_side=WINDOW)
    a, b = _scaled(real, data_range), _scaled(synthetic, data_range)
    n = scales(real.shape)
    weights = np.array(SCALE_WEIGHTS[:n]) / sum(SCALE_WEIGHTS[:n])
    value, first = 1.0, 1.0
    for scale, weight in enumerate(weights):
        luminance, structure = _maps(a, b)
        if scale == 0:
            first = _mean(luminance * structure, mask)
        last = scale == n - 1
        value *= max(0.0, _mean(luminance * structure if last else structure, mask)) ** weight
        if not last:
            a, b = _halved(a), _halved(b)
            mask = None if mask is None else _halved_mask(mask)
    return first, float(value)


def scales(shape: tuple[int, ...]) -> int:
    """Return how many scales an image bears: five, or as many as leave its shortest side a window wide."""
    return min(len(SCALE_WEIGHTS), int(np.log2(min(shape) / WINDOW)) + 1)


def _scaled(pixels: NDArray[Any], data_range: float) -> _Floats:
    """Scale to a range of 1. A volume is held in single precision: it is large, and that is exact to 1e-5."""
    if pixels.ndim == 3:
        return np.asarray(pixels, np.float32) / np.float32(data_range)
    return np.asarray(pixels, np.float64) / data_range


def _maps(a: _Floats, b: _Floats) -> tuple[_Floats, _Floats]:
    """Return the map of the luminance term, and that of the product of contrast and structure; range 1."""
    mean_a, mean_b = _blur(a), _blur(b)
    square_a, square_b, product = mean_a * mean_a, mean_b * mean_b, mean_a * mean_b
    luminance = (2 * product + K1**2) / (square_a + square_b + K1**2)
    spread = _blur(a * a) + _blur(b * b) - square_a - square_b
    structure = (2 * (_blur(a * b) - product) + K2**2) / (spread + K2**2)
    return luminance, structure


def _blur(pixels: _Floats) -> _Floats:
    """Blur along every axis, mirrored at the border."""
    flat = pixels.reshape(len(pixels), -1)
    if pixels.ndim == 2:
        return np.asarray(cv2.GaussianBlur(flat, (WINDOW, WINDOW), SIGMA, borderType=cv2.BORDER_REFLECT))
    along_first = np.asarray(cv2.GaussianBlur(flat, (1, WINDOW), SIGMA, borderType=cv2.BORDER_REFLECT))
    return np.stack([_blur(plane) for plane in along_first.reshape(pixels.shape)])


def _mean(values: _Floats, mask: Mask) -> float:
    if mask is not None and mask.any():
        return float(values[mask].mean(dtype=np.float64))
    margin = WINDOW // 2
    return float(values[(slice(margin, -margin),) * values.ndim].mean(dtype=np.float64))


def _halved(pixels: _Floats) -> _Floats:
    """Return means of blocks of two pixels a side; an odd last one is left out."""
    for axis in range(pixels.ndim):
        pixels = np.moveaxis(pixels, axis, 0)
        even = len(pixels) // 2 * 2
        pixels = np.moveaxis((pixels[0:even:2] + pixels[1:even:2]) / 2, 0, axis)
    return np.ascontiguousarray(pixels)


def _halved_mask(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep blocks of which half or more is in the mask, or any at all where none has half."""
    share = _halved(mask.astype(np.float32))
    half = share >= 0.5
    return np.asarray(half if half.any() else share > 0)
