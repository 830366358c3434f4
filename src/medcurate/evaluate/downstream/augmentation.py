"""Standard augmentation: what is done to training images where nothing is generated."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

TURN_DEG, SHIFT, ZOOM, GAMMA = 10.0, 0.06, 0.1, 0.2
"""Largest turn (degrees), shift (share of the side), and changes of size and of gamma (shares)."""
SETTINGS = {"flip": "left-right", "turn_deg": TURN_DEG, "shift": SHIFT, "zoom": ZOOM, "gamma": GAMMA}


def augment(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mirror half of the images, and turn, shift, scale and brighten each a little.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)

    Returns
    -------
    ndarray of uint8, shape (n, height, width)
    """
    found = np.empty_like(images)
    height, width = images.shape[1:]
    for row, image in enumerate(images):
        flip, turn, zoom, right, down, gamma = rng.random(6) * 2 - 1
        map_ = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn * TURN_DEG, 1 + zoom * ZOOM)
        map_[:, 2] += right * SHIFT * width, down * SHIFT * height
        source = np.ascontiguousarray(image[:, ::-1]) if flip < 0 else image
        moved = cv2.warpAffine(source, map_, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        levels = 255 * (np.arange(256) / 255) ** (1 + gamma * GAMMA)
        found[row] = cv2.LUT(moved, levels.round().astype(np.uint8))
    return found
