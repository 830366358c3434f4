"""Standard augmentation: small changes of training images, which need no generator.

`augment` makes changed copies in memory, for a training set. `augmented` does the same to a batch within a training
step.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.learning.players import Tensor
from medcurate.learning.random_inputs import RandomInput

TURN_DEG, SHIFT, ZOOM, GAMMA = 10.0, 0.06, 0.1, 0.2
"""Largest turn (degrees), shift (fraction of the side), and changes of size and of gamma (fractions)."""
SETTINGS = {"flip": "left-right", "turn_deg": TURN_DEG, "shift": SHIFT, "zoom": ZOOM, "gamma": GAMMA}
CHANCE = RandomInput((6,), "uniform")
"""The random numbers that `augmented` needs for each image."""


def augment(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mirror half of the images, and turn, shift, scale and brighten each a little; shape (n, height, width)."""
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


def augmented(images: Tensor, chance: Tensor) -> Tensor:
    """Change a batch of training images as `augment` does, with ``keras.ops``.

    Parameters
    ----------
    images : tensor, shape (n, height, width, 1)
        In [-1, 1].
    chance : tensor, shape (n, 6)
        In [0, 1), see `CHANCE`.
    """
    from keras import ops

    height, width = images.shape[1:3]
    flip, turn, zoom, right, down, gamma = (2 * chance[:, k] - 1 for k in range(6))
    scale, angle = 1 + zoom * ZOOM, turn * math.radians(TURN_DEG)
    cos, sin = ops.cos(angle) / scale, ops.sin(angle) / scale
    mirror = ops.where(flip < 0, -1.0, 1.0)
    # Where each pixel comes from: x and y relative to the center, moved back, turned back, mirrored.
    x, y = (width - 1) / 2, (height - 1) / 2
    to_x, to_y = x + right * SHIFT * width, y + down * SHIFT * height
    zero = ops.zeros_like(flip)
    rows = (
        mirror * cos, -mirror * sin, x - mirror * (cos * to_x - sin * to_y),
        sin, cos, y - (sin * to_x + cos * to_y), zero, zero,
    )  # fmt: skip
    moved = ops.image.affine_transform(images, ops.stack(rows, axis=1), fill_value=-1.0, data_format="channels_last")
    levels = ops.clip((moved + 1) / 2, 1e-6, 1.0)
    return 2 * levels ** (1 + gamma * GAMMA)[:, None, None, None] - 1
