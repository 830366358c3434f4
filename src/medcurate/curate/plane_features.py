"""Features of one slice that tell its plane."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

N_FEATURES = 1764
FEATURES_VERSION = "hog-0"


def extract(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return the features of one gray image, shape ``(N_FEATURES,)``; zeros for a constant one."""
    low, high = np.percentile(pixels, [1, 99])
    if high <= low:
        return np.zeros(N_FEATURES, np.float32)
    scaled = np.clip((pixels.astype(np.float32) - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    small = cv2.resize(scaled, (64, 64), interpolation=cv2.INTER_AREA)
    hog = cv2.HOGDescriptor((64, 64), (16, 16), (8, 8), (8, 8), 9)
    return np.asarray(hog.compute(small), np.float32).ravel()
