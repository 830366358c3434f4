"""Random numbers as a pure function of seed, stream and position.

Nothing random happens on a device: latents, dropout and augmentation are drawn here and handed to a step with its
images. So a resumed training needs no saved random state, several devices see the same numbers as one, and another
Keras backend draws the same images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["normal", "uniform", "keep"]


@dataclass(frozen=True, slots=True)
class Draw:
    """What one image needs of chance in one turn of a player.

    Attributes
    ----------
    shape : tuple of int
        Of one image's numbers.
    kind : {'normal', 'uniform', 'keep'}
        Standard normal; uniform in [0, 1); dropout's mask, 0 with the share `rate` and 1 / (1 - rate) otherwise.
    rate : float
        For ``keep`` alone, in [0, 1).
    """

    shape: tuple[int, ...]
    kind: Kind = "normal"
    rate: float = 0.0


def generator_at(seed: int, stream: int, position: int) -> np.random.Generator:
    """Return the random numbers of one position of one stream.

    Philox (Salmon et al. 2011) is counter-based: any position is reached at once and no two share numbers.

    Parameters
    ----------
    seed, stream, position : int
        0 or more, each below 2**64.
    """
    return np.random.Generator(np.random.Philox(key=[seed, stream], counter=[0, 0, 0, position]))


def draw(rng: np.random.Generator, wanted: Mapping[str, Draw], n: int) -> dict[str, NDArray[np.float32]]:
    """Draw for `n` images; names are taken in sorted order, so that how a mapping was filled changes nothing.

    Returns
    -------
    dict of str to ndarray of float32, shape (n, *shape)
    """
    return {name: _one(rng, item, n) for name, item in sorted(wanted.items())}


def _one(rng: np.random.Generator, item: Draw, n: int) -> NDArray[np.float32]:
    shape = (n, *item.shape)
    if item.kind == "normal":
        return rng.standard_normal(shape, dtype=np.float32)
    numbers = rng.random(shape, dtype=np.float32)
    if item.kind == "uniform":
        return numbers
    kept: NDArray[np.float32] = (numbers >= item.rate).astype(np.float32) / np.float32(1 - item.rate)
    return kept


def latents(seed: int, first: int, n: int, size: int) -> NDArray[np.float32]:
    """Return the latents of images number `first` to `first + n - 1`: each depends on seed and number alone.

    Returns
    -------
    ndarray of float32, shape (n, size)
    """
    drawn = [generator_at(seed, SAMPLING, first + k).standard_normal(size, dtype=np.float32) for k in range(n)]
    return np.stack(drawn) if drawn else np.zeros((0, size), np.float32)


TRAINING, SAMPLING, GRID = 0, 1, 2
"""Streams that share a seed and no numbers."""
