"""The exact denoiser of a few images, within a window that shrinks with the noise, and the path from noise to an image.

Kamb and Ganguli (2024), An analytic theory of creativity in convolutional diffusion models: a denoiser that sees only a
window puts an image together from pieces of its training images. There the size of the window is fitted to a network;
here it is proportional to the noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from medcurate.generate.references.contract import Floats, Rows

MOST_NOISE, LEAST_NOISE, RHO = 12.0, 0.02, 5.0
_WHOLE = 64
"""Side of an image (pixels) for which windows are given."""
_NARROWEST = 3
_JUDGED = 5
_HEAD = -0.9
"""Gray value from which on a pixel is of the head."""


def noise_levels(n: int) -> list[float]:
    """Return standard deviations of noise from `MOST_NOISE` to `LEAST_NOISE` (Karras et al. 2022, equation 5)."""
    if n == 1:
        return [MOST_NOISE]
    ends = MOST_NOISE ** (1 / RHO), LEAST_NOISE ** (1 / RHO)
    return [float(root**RHO) for root in np.linspace(*ends, n)]


def window_side(sigma: float, factor: float, side: int) -> int:
    """Return the width of the window at a noise level: odd, `factor` times sigma for an image of 64 pixels."""
    wanted = factor * sigma * side / _WHOLE
    widest = side - 1 - side % 2  # odd, so that the window has a center
    return int(min(max(2 * round((wanted - 1) / 2) + 1, _NARROWEST), widest))


def posterior_mean(x: Floats, images: Floats, sigma: float, side: int) -> Floats:
    """Return the mean of the images at each pixel, weighted by how well their window around it explains `x`.

    Parameters
    ----------
    x : ndarray of float32, shape (height, width, channels)
        An image with noise.
    images : ndarray of float32, shape (height, width, n, channels)
    sigma : float
        Standard deviation of the noise.
    side : int
        Of the window, odd.
    """
    distances = window_means(x, images, side) * np.float32(side * side / (2 * sigma**2))
    weights = np.exp(distances.min(axis=2, keepdims=True) - distances)
    weights /= weights.sum(axis=2, keepdims=True)
    mean: Floats = (weights[..., None] * images).sum(axis=2, dtype=np.float32)
    return mean


def window_means(x: Floats, images: Floats, side: int) -> Floats:
    """Return, for each pixel and image, the mean squared difference within the window, summed over channels."""
    squares = np.square(images - x[:, :, None]).sum(axis=3)
    return np.asarray(cv2.boxFilter(squares, -1, (side, side)), np.float32).reshape(squares.shape)


def joined(x: Floats, images: Floats, levels: Sequence[float], factor: float) -> Floats:
    """Follow the flow from noise to an image: Euler steps, the last one ends at the mean.

    Parameters
    ----------
    x : ndarray of float32, shape (height, width, channels)
        Noise of standard deviation ``levels[0]``.
    images : ndarray of float32, shape (height, width, n, channels)
    levels : sequence of float
        Falling.
    factor : float
        See `window_side`.
    """
    side = min(x.shape[:2])
    for sigma, following in zip(levels, [*levels[1:], 0.0], strict=True):
        mean = posterior_mean(x, images, sigma, window_side(sigma, factor, side))
        x = mean + (x - mean) * np.float32(following / sigma)
    return x


def nearest_images(image: Floats, images: Floats) -> tuple[Rows, Rows]:
    """Return how many pixels of the head are nearest to each image by their window of 5 pixels, and of the whole head.

    Returns
    -------
    ndarray of int64, shape (n,)
        Pixels of each image.
    ndarray of int64, shape ()
        Their sum: pixels of the head, or all where there is no head.
    """
    head = (image > _HEAD).any(axis=2)
    nearest = window_means(image, images, _JUDGED).argmin(axis=2)
    counted = nearest[head] if head.any() else nearest.ravel()
    found = np.bincount(counted, minlength=images.shape[2])
    return found, found.sum()
