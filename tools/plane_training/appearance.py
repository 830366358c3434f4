"""Random effects of the body and the scanner on a slice: tumors, coils, thick slices, blur, noise.

Every step takes and returns a float32 image, values about [0, 1] and at least 0 where the input was.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from tools.plane_training.fields import Image, smooth_field

_BODY = 0.08  # below this: air


def add_tumor(rng: np.random.Generator, image: Image) -> Image:
    """Paint a lesion of up to a third of the brain: a rim, often another core, half of the time edema around it."""
    height, width = image.shape
    radius = rng.uniform(4, 26)
    row, column = rng.uniform(0.25, 0.75, 2) * (height, width)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot((rows - row) * rng.uniform(0.7, 1.4), columns - column)
    distance = distance + smooth_field(rng, (height, width), 7, 3)
    body, brightest = image > _BODY, float(image.max())
    if rng.random() < 0.5:
        edema = image * 0.5 + rng.uniform(0.1, 1) * 0.5 * brightest
        image = np.where((distance < radius * 1.8) & body, edema, image)
    core, rim = rng.uniform(0, 1) * brightest, rng.uniform(0.3, 1.2) * brightest
    image = np.where((distance < radius) & body, rim, image)
    if rng.random() < 0.6:
        image = np.where((distance < radius * 0.7) & body, core, image)
    return np.asarray(image, np.float32)


def add_bias(rng: np.random.Generator, image: Image) -> Image:
    """Multiply by a smooth field, like inhomogeneous coils and high field strengths."""
    return image * np.exp(smooth_field(rng, (image.shape[0], image.shape[1]), 3, rng.uniform(0, 0.35)))


def add_hot_spot(rng: np.random.Generator, image: Image) -> Image:
    """Brighten the region next to a surface coil, at most six times; often the neck at the lower edge."""
    height, width = image.shape
    if rng.random() < 0.6:
        row, column = rng.uniform(-0.1, 1.1, 2)
    else:
        row, column = 1.0, rng.uniform(0.2, 0.8)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    distance2 = (rows / height - row) ** 2 + (columns / width - column) ** 2
    return np.asarray(image * (1 + rng.uniform(0.5, 5) * np.exp(-distance2 / rng.uniform(0.03, 0.2))), np.float32)


def thicken(rng: np.random.Generator, image: Image) -> Image:
    """Reduce the resolution in one direction 2 to 6 times: a view across a stack of thick slices."""
    height, width = image.shape
    factor = int(rng.integers(2, 7))
    size = (width, max(height // factor, 1)) if rng.random() < 0.75 else (max(width // factor, 1), height)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    method = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(small, (width, height), interpolation=method), np.float32)


def soften(rng: np.random.Generator, image: Image) -> Image:
    """Blur: a coarse matrix, motion, or console filters."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6)), np.float32)


def add_noise(rng: np.random.Generator, image: Image) -> Image:
    """Take the magnitude of a noisy complex signal (Rician noise), up to 8 % of the maximum."""
    sigma = np.float32(rng.uniform(0, 0.08) * float(image.max()))
    real, imaginary = rng.standard_normal((2, *image.shape), dtype=np.float32) * sigma
    return np.asarray(np.hypot(image + real, imaginary), np.float32)


STEPS: dict[str, Callable[[np.random.Generator, Image], Image]] = {
    "tumor": add_tumor,
    "bias": add_bias,
    "hot_spot": add_hot_spot,
    "thick": thicken,
    "blur": soften,
    "noise": add_noise,
}
_SHARES = {"tumor": 0.33, "bias": 1.0, "hot_spot": 0.33, "noise": 0.7}
_THICK_SHARE, _BLUR_SHARE = 0.2, 0.25  # never both: thick slices are blurred enough


def acquire(rng: np.random.Generator, image: Image) -> Image:
    """Apply all steps to a slice, each with its probability."""
    image = np.ascontiguousarray(image, np.float32)
    for name in ("tumor", "bias", "hot_spot"):
        if rng.random() < _SHARES[name]:
            image = STEPS[name](rng, image)
    kind = rng.random()
    if kind < _THICK_SHARE:
        image = thicken(rng, image)
    elif kind < _THICK_SHARE + _BLUR_SHARE:
        image = soften(rng, image)
    return add_noise(rng, image) if rng.random() < _SHARES["noise"] else image
