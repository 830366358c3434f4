"""Synthetic sets whose worth is known, made from real images: eight cases, of which one alone deserves a good word.

`benchmarks.known_cases` evaluates them with real images, ``tests/evaluate/test_known_cases.py`` with drawn ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]

TWO_HALVES = "two real halves"
SAME_FOLDER = "same folder"
NOISY_COPIES = "copies with noise"
COLLAGES = "collages"
BLURRED = "blurred"
CLASS_MISSING = "one class missing"
OTHER_SOURCE = "another source"
NOISE = "noise"

CASES = {
    TWO_HALVES: "real images of people who are in neither split",
    SAME_FOLDER: "the training and held-out images themselves",
    NOISY_COPIES: "training images with noise of 4 % of the gray range",
    COLLAGES: "each image put together from pieces of four training images of its class, with soft borders",
    BLURRED: "the images of the first case, blurred by 2.5 % of their width",
    CLASS_MISSING: "the images of the first case without one class",
    OTHER_SOURCE: "real images of another hospital or scanner",
    NOISE: "white noise with the mean and variance of real images",
}
"""What the synthetic images of each case are."""

_NOISE = 0.04 * 255
_BLUR = 0.025


@dataclass(frozen=True, slots=True, eq=False)
class Labeled:
    """Images and their classes.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, side, side)
    names : list of str
        Class of each image.
    """

    images: Images
    names: list[str]

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: NDArray[np.int64]) -> Labeled:
        """Return the images in these rows."""
        return Labeled(self.images[rows], [self.names[row] for row in rows.tolist()])


def known_cases(
    train: Labeled, held_out: Labeled, others: Labeled, source: Labeled, *, missing: str, seed: int = 0
) -> Iterator[tuple[str, Labeled]]:
    """Yield the synthetic images of each case, in the order of `CASES`.

    Parameters
    ----------
    train, held_out : Labeled
        The real side.
    others : Labeled
        Real images of other people from the same source.
    source : Labeled
        Real images from another source.
    missing : str
        The class that is left out where one is missing.
    """
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(train))[: len(others)])
    yield TWO_HALVES, others
    both = Labeled(np.concatenate([train.images, held_out.images]), [*train.names, *held_out.names])
    yield SAME_FOLDER, both
    copied = train.take(chosen)
    yield NOISY_COPIES, Labeled(noisy(copied.images, rng), copied.names)
    yield COLLAGES, _collages(train, len(others), rng)
    side = others.images.shape[1]
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), _BLUR * side) for image in others.images])
    yield BLURRED, Labeled(blurred.astype(np.uint8), others.names)
    yield CLASS_MISSING, others.take(np.flatnonzero([name != missing for name in others.names]))
    yield OTHER_SOURCE, source
    mean, spread = float(train.images.mean()), float(train.images.std())
    noise = np.clip(rng.normal(mean, spread, others.images.shape), 0, 255).astype(np.uint8)
    yield NOISE, Labeled(noise, others.names)


def noisy(images: Images, rng: np.random.Generator) -> Images:
    """Return images with noise of 4 % of the gray range."""
    return np.clip(images + rng.normal(0, _NOISE, images.shape), 0, 255).astype(np.uint8)


def _collages(train: Labeled, n: int, rng: np.random.Generator) -> Labeled:
    """Put quarters of four images of one class together, with a border that is as wide as a sixteenth of the image."""
    side = train.images.shape[1]
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    names, made = [], []
    for number in range(n):
        name = train.names[number % len(train)]
        rows = np.flatnonzero([one == name for one in train.names])
        pieces = train.images[rng.choice(rows, 4, replace=len(rows) < 4)].astype(np.float32)
        center = side / 2 + rng.uniform(-side / 8, side / 8, 2)
        right, low = (np.clip((place - at) / (side / 16) + 0.5, 0, 1) for place, at in zip((x, y), center, strict=True))
        weights = ((1 - right) * (1 - low), right * (1 - low), (1 - right) * low, right * low)
        made.append(sum(weight * piece for weight, piece in zip(weights, pieces, strict=True)))
        names.append(name)
    return Labeled(np.asarray(np.round(made), np.uint8), names)
