"""Canonical gray pixels from decoded raster images: alpha, color, and detection of real color."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

COLOR_SPREAD = 24
"""Least difference between the channels of a pixel that counts as color, in 1/255 of the full range."""
COLOR_SHARE = 5e-4
"""Least fraction of such pixels in a color image: about an arrow or a line of text."""


def is_colored(channels: NDArray[np.generic]) -> bool:
    """Return whether an image shows color, as opposed to gray stored in three channels.

    Parameters
    ----------
    channels : ndarray of uint8 or uint16, shape (height, width, 3)
        Channels in any order.
    """
    first, second, third = cv2.split(np.ascontiguousarray(channels))
    high = cv2.max(cv2.max(first, second), third)
    low = cv2.min(cv2.min(first, second), third)
    full = 255 if channels.dtype == np.uint8 else 65535
    count = np.count_nonzero(cv2.subtract(high, low) > COLOR_SPREAD * (full // 255))
    return bool(count >= max(2, COLOR_SHARE * high.size))


def to_gray(samples: NDArray[np.generic]) -> tuple[NDArray[np.generic], bool]:
    """Reduce decoded samples to one gray channel.

    Alpha is composited on black, the background of medical images. Color becomes Rec. 601 luma
    (0.299 R + 0.587 G + 0.114 B); gray stored as three equal channels is returned unchanged.

    Parameters
    ----------
    samples : ndarray of uint8 or uint16, shape (height, width) or (height, width, 1 to 4)
        Gray, gray and alpha, RGB, or RGB and alpha.

    Returns
    -------
    gray : ndarray, shape (height, width)
        Same data type, C-contiguous.
    colored : bool
        Whether the image shows real color.
    """
    if samples.ndim == 2:
        return np.ascontiguousarray(samples), False
    if samples.shape[2] in (2, 4):
        samples = _on_black(samples)
    if samples.shape[2] == 1:
        return np.ascontiguousarray(samples[:, :, 0]), False
    first = samples[:, :, :1]
    if (samples == first).all():
        return np.ascontiguousarray(first[:, :, 0]), False
    luma = cv2.cvtColor(np.ascontiguousarray(samples), cv2.COLOR_RGB2GRAY)
    return luma, is_colored(samples)


def _on_black(samples: NDArray[np.generic]) -> NDArray[np.generic]:
    full = np.uint64(255 if samples.dtype == np.uint8 else 65535)
    alpha = samples[:, :, -1:].astype(np.uint64)
    if (alpha == full).all():
        return samples[:, :, :-1]
    mixed = (samples[:, :, :-1].astype(np.uint64) * alpha + full // np.uint64(2)) // full
    return mixed.astype(samples.dtype)
