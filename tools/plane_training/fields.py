"""Smooth random fields, tissue texture, and random gray-value curves for domain randomization."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

_GAMMA_SHARE = 0.35  # fraction of curves: gamma, as between displays and T1 protocols
_STEEP_SHARE = 0.15  # a narrow display window
_GAMMA_SPREAD = 0.4  # of log gamma


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], knots: int, amplitude: float) -> Image:
    """Draw a smooth field: normal values at a lattice of `knots` x `knots`, interpolated by cubics.

    Returns
    -------
    ndarray of float32, shape `shape`
        Of zero mean; `amplitude` is the standard deviation at the lattice.
    """
    lattice = rng.standard_normal((knots, knots), dtype=np.float32)
    return np.asarray(cv2.resize(lattice, shape[::-1], interpolation=cv2.INTER_CUBIC) * np.float32(amplitude))


def texture(rng: np.random.Generator, shape: tuple[int, int], sigma_px: float, amount: float) -> Image:
    """Draw texture of a given grain size, because tissue is never as flat as a label map.

    Returns
    -------
    ndarray of float32, shape `shape`
        Blurred white noise whose strength hardly depends on `sigma_px`.
    """
    noise = rng.standard_normal(shape, dtype=np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma_px) * np.float32(amount * sigma_px))


def lookup_table(rng: np.random.Generator) -> Image:
    """Draw a curve from 8-bit gray values to [0, 1], maximum 1.

    A third are gammas, some are steep windows, and half interpolate random knots without monotonicity: the same anatomy
    in an arbitrary contrast.

    Returns
    -------
    ndarray of float32, shape (256,)
    """
    kind = rng.random()
    x = np.linspace(0, 1, 256)
    if kind < _GAMMA_SHARE:
        y = x ** np.exp(rng.normal(0, _GAMMA_SPREAD))
    elif kind < _GAMMA_SHARE + _STEEP_SHARE:
        y = 1 / (1 + np.exp(-(x - rng.uniform(0.2, 0.7)) * rng.uniform(4, 12)))
        y -= y[0]
    else:
        count = int(rng.integers(4, 10))
        y = np.interp(x, np.r_[0, np.sort(rng.uniform(0.05, 1, count - 1))], np.r_[0, rng.uniform(0, 1, count - 1)])
    return np.asarray(y / max(float(y.max()), 1e-3), np.float32)


def recolor(rng: np.random.Generator, gray: NDArray[np.generic]) -> Image:
    """Apply a random curve to gray values in [0, 255]; return values in [0, 1]."""
    return np.asarray(lookup_table(rng)[np.clip(gray, 0, 255).astype(np.uint8)])
