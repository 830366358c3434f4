"""Make collages: images put together from pieces of the images of several patients."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Gray = NDArray[np.float32]

_NEAR = 30  # patients whose heads are most like a first one: pieces of other heads would not fit together


def collages(
    images: Image, patients: Sequence[object], n: int, of: int, rng: np.random.Generator, *, soft: bool, warp: bool
) -> Image:
    """Make `n` collages of `of` patients each.

    Parameters
    ----------
    images : ndarray of uint8, shape (m, side, side)
    patients : sequence, length m
    soft : bool
        Whether pieces fade into each other over some pixels.
    warp : bool
        Whether each head is changed first, see `warped`.
    """
    return np.stack([collage(images[_heads(images, patients, of, rng)], rng, soft=soft, warp=warp) for _ in range(n)])


def collage(heads: Image, rng: np.random.Generator, *, soft: bool, warp: bool) -> Image:
    """Lay pieces of heads side by side: the cells of as many random points, with wavy borders."""
    side = heads.shape[1]
    pieces = np.stack([warped(head, rng) if warp else head.astype(np.float32) for head in heads])
    if warp and rng.random() < 0.5:
        pieces = pieces[:, :, ::-1]
    points = rng.uniform(0.2, 0.8, (len(heads), 2)) * side
    y, x = np.mgrid[:side, :side] + side / 32 * np.stack([_smooth(rng, side, side / 12) for _ in range(2)])
    nearest = np.stack([(y - down) ** 2 + (x - right) ** 2 for down, right in points]).argmin(axis=0)
    weights = np.stack([(nearest == number).astype(np.float32) for number in range(len(heads))])
    if soft:
        weights = np.stack([cv2.GaussianBlur(weight, (0, 0), side / 32) for weight in weights])
        weights /= weights.sum(axis=0)
    return np.clip((weights * pieces).sum(axis=0) + 0.5, 0, 255).astype(np.uint8)


def warped(image: Image, rng: np.random.Generator) -> Gray:
    """Turn by up to 10 degrees, scale by up to 10 %, shift and bend by some pixels; change gamma and brightness."""
    side = len(image)
    middle = (side - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), rng.uniform(-10, 10), rng.uniform(0.9, 1.1))
    matrix[:, 2] += rng.uniform(-2, 2, 2) * side / 64
    back = cv2.invertAffineTransform(matrix)
    y, x = np.mgrid[:side, :side] + side / 64 * np.stack([_smooth(rng, side, side / 8) for _ in range(2)])
    places = np.einsum("ij,jyx->iyx", back, np.stack([x, y, np.ones_like(x)])).astype(np.float32)
    moved = cv2.remap(image.astype(np.float32), places[0], places[1], cv2.INTER_LANCZOS4)
    gamma, gain = rng.uniform(0.8, 1.25), rng.uniform(0.9, 1.1)
    return np.asarray(255 * gain * np.clip(moved / 255, 0, 1) ** gamma, np.float32)


def _heads(images: Image, patients: Sequence[object], of: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw heads of different patients among those that are most like a random one."""
    small = np.stack([cv2.resize(image, (12, 12), interpolation=cv2.INTER_AREA).ravel() for image in images])
    small = small.astype(np.float32)
    first = small[int(rng.integers(len(images)))]
    chosen: dict[object, int] = {}
    for row in np.argsort(np.square(small - first).sum(axis=1), kind="stable").tolist():
        chosen.setdefault(patients[row], row)
        if len(chosen) == _NEAR:
            break
    return rng.permutation(np.array(list(chosen.values()), np.int64))[:of]


def _smooth(rng: np.random.Generator, side: int, sigma: float) -> Gray:
    """Return a smooth random field of mean square 1."""
    field = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), sigma)
    return np.asarray(field / field.std(), np.float32)
