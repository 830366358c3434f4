"""Random numbers as a pure function of seed, stream and position.

No random number is generated on a device: latents, noise, dropout masks and augmentation are drawn here and handed to
a step together with its images. Therefore a resumed training needs no saved random state, several devices see the same
numbers as one, and every Keras backend draws the same images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["normal", "uniform", "dropout_mask", "gamma_ratio"]


@dataclass(frozen=True, slots=True)
class RandomInput:
    """Random numbers that one image needs in one turn of a player, or for being drawn.

    Attributes
    ----------
    shape : tuple of int
        Of the numbers of one image.
    kind : {'normal', 'uniform', 'dropout_mask', 'gamma_ratio'}
        Standard normal; uniform in [0, 1); 0 with probability `rate` and 1 / (1 - rate) otherwise; or the ratio of two
        gamma variables.
    rate : float
        Of a dropout mask, in [0, 1).
    shapes : tuple of float
        Of the two gamma variables, above 0.
    """

    shape: tuple[int, ...]
    kind: Kind = "normal"
    rate: float = 0.0
    shapes: tuple[float, float] = (1.0, 1.0)


def generator_at(seed: int, stream: int, position: int) -> np.random.Generator:
    """Return the random number generator of one position of one stream.

    Philox (Salmon et al. 2011) is counter-based: any position is reached at once and no two share numbers.

    Parameters
    ----------
    seed, stream, position : int
        0 or more, each below 2**64.
    """
    return np.random.Generator(np.random.Philox(key=[seed, stream], counter=[0, 0, 0, position]))


def draw(rng: np.random.Generator, wanted: Mapping[str, RandomInput], n: int) -> dict[str, NDArray[np.float32]]:
    """Draw for `n` images; names are taken in sorted order, so that the order of the mapping does not matter.

    Returns
    -------
    dict of str to ndarray of float32, shape (n, *shape)
    """
    return {name: _one(rng, item, n) for name, item in sorted(wanted.items())}


def _one(rng: np.random.Generator, item: RandomInput, n: int) -> NDArray[np.float32]:
    shape = (n, *item.shape)
    if item.kind == "normal":
        return rng.standard_normal(shape, dtype=np.float32)
    if item.kind == "gamma_ratio":
        above, below = (rng.standard_gamma(one, shape) for one in item.shapes)
        return np.asarray(above / below, np.float32)
    numbers = rng.random(shape, dtype=np.float32)
    if item.kind == "uniform":
        return numbers
    mask: NDArray[np.float32] = (numbers >= item.rate).astype(np.float32) / np.float32(1 - item.rate)
    return mask


def draw_images(seed: int, first: int, n: int, needs: Mapping[str, RandomInput]) -> dict[str, NDArray[np.float32]]:
    """Return the random inputs of images number `first` to `first + n - 1`.

    Those of an image depend on the seed and its number alone.

    Returns
    -------
    dict of str to ndarray of float32, shape (n, *shape)
    """
    each = [draw(generator_at(seed, SAMPLING, first + k), needs, 1) for k in range(n)]
    return {
        name: np.concatenate([one[name] for one in each]) if each else np.zeros((0, *item.shape), np.float32)
        for name, item in needs.items()
    }


TRAINING, SAMPLING, GRID, CHOICE = 0, 1, 2, 3
"""Streams that share a seed and no numbers."""
