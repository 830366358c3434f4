"""Scale images to the size and gray values that an encoder requires."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.encoder import Images

MODE = "area or bilinear"
"""Area averaging for reduction, which avoids aliasing; bilinear for enlargement."""
RANGES = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}
"""Gray values of black and white."""


def prepared(images: Images, height: int, width: int, channels: int, intensity: str) -> NDArray[np.float32]:
    """Return images as input of a network, shape (n, height, width, channels).

    Parameters
    ----------
    images : ndarray of uint8, shape (n, h, w)
    height, width : int
        Pixels.
    channels : int
        Number of repetitions of the gray channel.
    intensity : str
        One of `RANGES`.
    """
    low, high = RANGES[intensity]
    found = np.empty((len(images), height, width, channels), np.float32)
    for row, image in enumerate(images):
        found[row] = resized(image, height, width)[..., None]
    return found * np.float32((high - low) / 255) + np.float32(low)


def resized(image: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Scale one image; see `MODE`."""
    shrinks = image.shape[0] > height or image.shape[1] > width
    mode = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=mode), np.uint8)
