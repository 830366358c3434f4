"""Heads drawn from smooth noise: no two alike, each with detail at every scale, as slices of a brain have."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def drawn_head(rng: np.random.Generator, side: int = 200) -> NDArray[np.uint8]:
    """Draw a head on black: a bright rim, and tissue within it."""
    return drawn_slices(rng, 1, side)[0]


def drawn_slices(rng: np.random.Generator, n: int, side: int = 200, *, step: float = 0.35) -> list[NDArray[np.uint8]]:
    """Draw neighboring slices of one head: each is partly the one before, partly new."""
    tissue = _tissue(rng, side)
    slices = []
    for _ in range(n):
        slices.append(_framed(tissue, side))
        tissue = np.sqrt(1 - step**2) * tissue + step * _tissue(rng, side)
    return slices


def _tissue(rng: np.random.Generator, side: int) -> NDArray[np.float64]:
    layers = []
    for sigma in (3.0, 6.0, 12.0):
        layer = cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), sigma)
        layers.append(layer / layer.std())
    return np.sum(layers, axis=0) / np.sqrt(3)


def _framed(tissue: NDArray[np.float64], side: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:side, :side] / side - 0.5
    radius = np.hypot(y / 0.42, x / 0.34)
    gray = np.where(radius < 0.9, 110 + 35 * tissue, np.where(radius < 1, 220, 0))
    return np.clip(cv2.GaussianBlur(gray, (0, 0), 0.8), 0, 255).astype(np.uint8)
