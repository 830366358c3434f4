"""Surroundings of a brain in a slice: skull, scalp, neck and face, and the end of the field of view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.plane_training.fields import Image, lookup_table, smooth_field

_CT_SHARE = 0.15  # bone bright, scalp dark
_MARROW_SHARE = 0.3
_NECK_SHARE = 0.75
_BLACK_END_SHARE = 0.6  # probability that the field of view ends in black; otherwise the image ends


@dataclass(frozen=True, slots=True)
class Shells:
    """Layers around the brain: their outer edges (mm from the brain) and brightness (1 is about white matter on T1)."""

    fluid_mm: float
    skull_mm: float
    scalp_mm: float
    skin_mm: float
    bone: float
    soft: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Shells:
        """Draw layers between those of an infant and of a thick adult skull."""
        fluid = rng.uniform(0, 3)
        skull = fluid + rng.uniform(2, 8)
        scalp = skull + rng.uniform(2, 9)
        skin = scalp + rng.uniform(0, 4)
        bone, soft = rng.uniform(0, 0.3), rng.uniform(0.3, 1.2)
        if rng.random() < _CT_SHARE:
            bone, soft = rng.uniform(0.8, 1.6), rng.uniform(0.1, 0.5)
        return cls(fluid, skull, scalp, skin, bone, soft)


def add_head(
    rng: np.random.Generator, image: Image, brain: Image, distance_mm: Image, *, fluid: float, plane: str
) -> Image:
    """Draw skull and scalp around a brain and, except in axial slices, a neck below it.

    Parameters
    ----------
    image, brain : ndarray of float32, shape (h, w)
        The brain's signal, and its fraction in [0, 1].
    distance_mm : ndarray of float32, shape (h, w)
        From the brain.
    fluid : float
        Signal of cerebrospinal fluid.
    plane : {'axial', 'coronal', 'sagittal'}

    Returns
    -------
    ndarray of float32, shape (<= h, w)
    """
    shells = Shells.draw(rng)
    depth = distance_mm + smooth_field(rng, (image.shape[0], image.shape[1]), 6, rng.uniform(0, 2))
    image = image + (1 - brain) * _layers(rng, depth, shells, fluid)
    if plane == "axial" or rng.random() >= _NECK_SHARE:
        return np.asarray(image, np.float32)
    return _add_neck(rng, image, brain, depth < shells.skin_mm, shells.soft, sagittal=plane == "sagittal")


def _layers(rng: np.random.Generator, depth: Image, shells: Shells, fluid: float) -> Image:
    def band(inner: float, outer: float) -> Image:
        return np.asarray(np.clip((depth - inner) * 1.2, 0, 1) * np.clip((outer - depth) * 1.2, 0, 1))

    layers = band(0, shells.fluid_mm) * (fluid * 0.9)
    layers += band(shells.fluid_mm, shells.skull_mm) * shells.bone
    layers += band(shells.skull_mm, shells.scalp_mm) * shells.soft
    layers += band(shells.scalp_mm, shells.skin_mm) * (shells.soft * 0.6)
    if rng.random() < _MARROW_SHARE:
        middle = (shells.fluid_mm + shells.skull_mm) / 2
        layers += band(middle - 0.7, middle + 0.7) * rng.uniform(0, 0.6)
    return np.asarray(layers, np.float32)


def _add_neck(
    rng: np.random.Generator, image: Image, brain: Image, head: NDArray[np.bool_], soft: float, *, sagittal: bool
) -> Image:
    """Fill the region below the head with random soft tissue that narrows downward, then end the field of view."""
    height, width = image.shape
    filled = np.flatnonzero(brain.max(axis=1) > 0.5)
    bottom = int(filled[-1]) if len(filled) else height
    middle = float(filled.mean()) if len(filled) else 0.0
    tissue = smooth_field(rng, (height, width), int(rng.integers(6, 26)), 1)
    tissue = (tissue - tissue.min()) / np.ptp(tissue)
    tissue = lookup_table(rng)[(tissue * 255).astype(np.uint8)] * np.float32(soft * rng.uniform(0.5, 1.2))
    rows = np.arange(height)[:, None]
    narrowing = np.clip(1 - (rows - bottom) / rng.uniform(20, 90), 0.25, 1)
    columns = np.flatnonzero(head.any(axis=0))
    center = float(columns.mean()) if len(columns) else width / 2
    half_width = float(np.ptp(columns)) / 2 if len(columns) else 40.0
    if sagittal and rng.random() < 0.6:  # the neck is behind the middle of the head, the face in front of it
        center -= rng.uniform(-10, 25)
    below = np.maximum.accumulate(head, axis=0) & ~head & (rows > middle)
    neck = below & (np.abs(np.arange(width)[None] - center) < half_width * narrowing)
    image = np.where(neck, tissue, image).astype(np.float32)
    end = int(bottom + rng.uniform(-0.12, 0.25) * height)
    if rng.random() < 0.7 and 40 < end < height:
        return end_view(rng, image, end)
    return image


def end_view(rng: np.random.Generator, image: Image, row: int) -> Image:
    """End the field of view at a row: the rest becomes black or is removed."""
    if rng.random() >= _BLACK_END_SHARE:
        return image[:row]
    image = image.copy()
    image[row:] = 0
    return image
