"""Small random moves of images: turn, scale and shift, some of it in common and some of each image alone."""

from __future__ import annotations

import cv2
import numpy as np

from medcurate.generate.references.contract import Floats

TURN = 5.0
"""Standard deviation of the common turn (degrees)."""
SCALE = 0.05
"""Of the logarithm of the common scale."""
SHIFT = 1.2 / 64
"""Of the common shift along each axis, as a share of the image's side."""
OWN = 1 / 3
"""Of the common spread, that of each image alone."""
_BLACK = -1.0


def moved(images: Floats, rng: np.random.Generator, strength: float) -> Floats:
    """Return images that are turned, scaled and shifted a little, with black where nothing is known.

    Parameters
    ----------
    images : ndarray of float32, shape (n, height, width, channels)
        In [-1, 1].
    rng : Generator
    strength : float
        Multiplies every spread; 0 moves nothing.
    """
    common, own = rng.standard_normal(4), rng.standard_normal((len(images), 4))
    if strength == 0:
        return images
    sizes = strength * np.array([TURN, SCALE, SHIFT, SHIFT])
    return np.stack([_moved(image, (common + OWN * each) * sizes) for image, each in zip(images, own, strict=True)])


def _moved(image: Floats, change: np.ndarray) -> Floats:
    height, width = image.shape[:2]
    turn, scale, right, down = change.tolist()
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, float(np.exp(scale)))
    matrix[:, 2] += right * width, down * height
    channels = [
        cv2.warpAffine(
            np.ascontiguousarray(image[..., channel]),
            matrix,
            (width, height),
            flags=cv2.INTER_LANCZOS4,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_BLACK,
        )
        for channel in range(image.shape[2])
    ]
    return np.clip(np.stack(channels, axis=-1), -1, 1)
