"""Typical changes of exported images: rotation, cropping, blur, compression. Each change is a function of one image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Change = Callable[[Image, np.random.Generator], Image]


def _crop(image: Image, rng: np.random.Generator, *, part: float) -> Image:
    """Cut `part` of the height and width off, at random sides."""
    height, width = image.shape
    new_height, new_width = round(height * (1 - part)), round(width * (1 - part))
    top, left = rng.integers(0, height - new_height + 1), rng.integers(0, width - new_width + 1)
    return image[top : top + new_height, left : left + new_width]


def _zoom(image: Image, rng: np.random.Generator, *, factor: float) -> Image:
    """Show the middle larger (factor > 1: its edges are lost) or the whole smaller on black."""
    height, width = image.shape
    middle = np.array([[factor, 0, (1 - factor) * width / 2], [0, factor, (1 - factor) * height / 2]])
    return np.asarray(cv2.warpAffine(image, middle, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def _noise(image: Image, rng: np.random.Generator, *, sigma: float) -> Image:
    """Add noise as magnitude images have it (Rice): dark pixels become brighter."""
    real = image + rng.normal(0, sigma, image.shape)
    return np.clip(np.hypot(real, rng.normal(0, sigma, image.shape)), 0, 255).astype(np.uint8)


def _small(image: Image, rng: np.random.Generator, *, side: int) -> Image:
    scale = side / max(image.shape)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image: Image, rng: np.random.Generator, *, quality: int) -> Image:
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


CHANGES: Mapping[str, Change] = {
    "as it is": lambda image, rng: image,
    "flipped left to right": lambda image, rng: image[:, ::-1],
    "flipped upside down": lambda image, rng: image[::-1],
    "turned by 90 degrees": lambda image, rng: np.rot90(image, 1),
    "turned by 180 degrees": lambda image, rng: np.rot90(image, 2),
    "turned by 270 degrees": lambda image, rng: np.rot90(image, 3),
    "cropped by 10 %": partial(_crop, part=0.1),
    "cropped by 20 %": partial(_crop, part=0.2),
    "zoomed in by 1.25": partial(_zoom, factor=1.25),
    "zoomed out by 0.6": partial(_zoom, factor=0.6),
    "noise, sigma 10 % of the range": partial(_noise, sigma=25.5),
    "64 pixels a side": partial(_small, side=64),
    "JPEG quality 10": partial(_jpeg, quality=10),
    "inverted gray values": lambda image, rng: 255 - image,
}


def mixed(image: Image, rng: np.random.Generator) -> Image:
    """Apply one of the changes, drawn for each image."""
    names = list(CHANGES)
    return CHANGES[names[rng.integers(len(names))]](image, rng)


ALL: Mapping[str, Change] = {**CHANGES, "each image another of these": mixed}
