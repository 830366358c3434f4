"""Pictures like slices of heads: an ellipse with two ventricles and a tumor, none like another; shared by tests."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def slices(rng: np.random.Generator, n: int, size: int = 32, *, tumor: bool = True) -> NDArray[np.uint8]:
    """Draw `n` pictures, uint8 of shape (n, size, size)."""
    found = np.zeros((n, size, size), np.uint8)
    for image in found:
        x, y = (size / 2 + rng.normal(0, size / 40, 2)).astype(int)
        wide, high = (size * rng.uniform([0.3, 0.36], [0.38, 0.45])).astype(int)
        cv2.ellipse(
            image, (int(x), int(y)), (int(wide), int(high)), rng.normal(0, 8), 0, 360, int(rng.uniform(90, 130)), -1
        )
        for side in (-1, 1):
            cv2.ellipse(
                image, (int(x + side * size / 14), int(y)), (size // 24 + 1, size // 8), side * 12, 0, 360, 40, -1
            )
        if tumor:
            place = (int(x + rng.uniform(-0.2, 0.2) * size), int(y + rng.uniform(-0.25, 0.25) * size))
            cv2.circle(image, place, int(rng.uniform(1, 1 + size / 10)), int(rng.uniform(180, 230)), -1)
        blurred = cv2.GaussianBlur(image, (0, 0), size / 64)
        image[:] = np.clip(blurred + rng.normal(0, 3, image.shape), 0, 255)
    return found
