"""Images for the class ``other``, which should contain everything that is not a brain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from tools.plane_training import bodies, pictures
from tools.plane_training.fields import Image, smooth_field, texture
from tools.plane_training.sampling import SIZE

KINDS: dict[str, Callable[[np.random.Generator], Image]] = {
    "test_object": bodies.test_object,
    "limb": bodies.limb,
    "joint": bodies.joint,
    "knee_side": bodies.knee_side,
    "hand": bodies.hand,
    "chest": bodies.chest,
    "torso": bodies.torso,
    "abdomen": bodies.abdomen,
    "pelvis": bodies.pelvis,
    "breast": bodies.breast,
    "spine_side": bodies.spine_side,
    "spine_axial": bodies.spine_axial,
    "clouds": pictures.clouds,
    "natural": pictures.natural,
    "landscape": pictures.landscape,
    "noise": pictures.noise,
    "chart": pictures.chart,
    "text": pictures.text,
    "table": pictures.table,
    "screenshot": pictures.screenshot,
    "square_code": pictures.square_code,
    "color_bar": pictures.color_bar,
    "shapes": pictures.shapes,
}
"""Drawing function per kind of image."""

_SHARES = np.array([{"test_object": 3.0, "limb": 2.0, "noise": 2.0, "shapes": 3.0}.get(name, 1.0) for name in KINDS])
"""Kinds that look most like a head, which are drawn more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBrainBase:
    """Schematic images of all kinds."""

    weight: float
    name: str = "not_brains"
    source: str = "schematic"
    classes: tuple[str, ...] = ("other",)

    def draw(self, rng: np.random.Generator, name: str) -> Image | None:  # noqa: ARG002
        """Draw an image of any kind; `name` can only be ``other``."""
        kind = str(rng.choice(list(KINDS), p=_SHARES / _SHARES.sum()))
        return roughened(rng, KINDS[kind](rng))


def roughened(rng: np.random.Generator, image: Image) -> Image:
    """Blur and bend a schematic drawing and add grain, so that clean edges do not identify it; values in [0, 1]."""
    if rng.random() < 0.5:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 2)), np.float32)
    image = image + texture(rng, (SIZE, SIZE), rng.uniform(0.6, 3), rng.uniform(0, 0.1))
    x, y = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
    for _ in range(2):
        across = x + smooth_field(rng, (SIZE, SIZE), 5, rng.uniform(0, 3))
        down = y + smooth_field(rng, (SIZE, SIZE), 5, rng.uniform(0, 3))
        image = np.asarray(cv2.remap(image, across, down, cv2.INTER_LINEAR), np.float32)
    image = image - image.min()
    return image / max(float(image.max()), 1e-6)
