"""Typical changes of copied images, each a function of one image and a random generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.measures.perceptual_hash import content_box

Image = NDArray[np.uint8]
Change = Callable[[Image, np.random.Generator], Image]


def reencoded(image: Image, rng: np.random.Generator) -> Image:
    """Store as JPEG of quality 30 to 95."""
    return _jpeg(image, int(rng.integers(30, 96)))


def resized(image: Image, rng: np.random.Generator) -> Image:
    """Scale by 0.4 to 2, in one case of four with an aspect changed by up to 8 %."""
    scale = float(np.exp(rng.uniform(np.log(0.4), np.log(2.0))))
    aspect = float(rng.uniform(0.92, 1.08)) if rng.random() < 0.25 else 1.0
    height, width = image.shape
    shape = (max(16, round(width * scale * aspect)), max(16, round(height * scale)))
    methods = [cv2.INTER_AREA, cv2.INTER_LINEAR] if scale < 1 else [cv2.INTER_LINEAR, cv2.INTER_CUBIC]
    return np.asarray(cv2.resize(image, shape, interpolation=methods[rng.integers(2)]), np.uint8)


def cropped(image: Image, rng: np.random.Generator) -> Image:
    """Cut off background, or, in one case of two, up to 10 % of the content at each side."""
    height, width = image.shape
    box = content_box(image)
    if rng.random() < 0.5:
        keep = rng.uniform(0, 1, 4)
        top, left = round(box.top * keep[0]), round(box.left * keep[1])
        bottom, right = height - round((height - box.bottom) * keep[2]), width - round((width - box.right) * keep[3])
        if (top, left, bottom, right) != (0, 0, height, width):
            return image[top:bottom, left:right].copy()
    tall, wide = box.bottom - box.top, box.right - box.left
    cut = rng.uniform(0, 0.1, 4) * (tall, tall, wide, wide)
    top, bottom, left, right = (round(part) for part in cut)
    return image[box.top + top : box.bottom - bottom, box.left + left : box.right - right].copy()


def bordered(image: Image, rng: np.random.Generator) -> Image:
    """Put a frame of one value around, 3 % to 25 % a side: black, gray or white."""
    height, width = image.shape
    top, bottom, left, right = (rng.uniform(0.03, 0.25, 4) * (height, height, width, width)).astype(int)
    value = (0, int(rng.integers(40, 220)), 255)[rng.integers(3)]
    return np.asarray(cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=value), np.uint8)


def flipped(image: Image, rng: np.random.Generator) -> Image:
    """Mirror left to right or top to bottom."""
    return np.ascontiguousarray(image[:, ::-1] if rng.random() < 0.5 else image[::-1])


def turned(image: Image, rng: np.random.Generator) -> Image:
    """Turn by 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(image, int(rng.integers(1, 4))))


def windowed(image: Image, rng: np.random.Generator) -> Image:
    """Change the display: gamma 0.5 to 2, or contrast and brightness, or a window that clips both ends."""
    values = image.astype(np.float32) / 255
    kind = rng.integers(3)
    if kind == 0:
        values = values ** float(np.exp(rng.uniform(np.log(0.5), np.log(2.0))))
    elif kind == 1:
        values = (values - 0.5) * rng.uniform(0.6, 1.5) + 0.5 + rng.uniform(-0.12, 0.12)
    else:
        shown = values[values > 0.05]
        low, high = (0.0, np.percentile(shown, rng.uniform(92, 99.5))) if len(shown) else (0.0, 1.0)
        low = float(rng.uniform(0, 0.08))
        values = (values - low) / max(float(high) - low, 0.1)
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


KINDS: Mapping[str, Change] = {
    "reencoded": reencoded,
    "resized": resized,
    "cropped": cropped,
    "bordered": bordered,
    "flipped": flipped,
    "turned": turned,
    "windowed": windowed,
}


def combined(image: Image, rng: np.random.Generator) -> Image:
    """Apply two different changes, one after the other."""
    first, second = rng.choice(list(KINDS), 2, replace=False)
    return KINDS[second](KINDS[first](image, rng), rng)


ALL: Mapping[str, Change] = {**KINDS, "combined": combined}


def _jpeg(image: Image, quality: int) -> Image:
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
