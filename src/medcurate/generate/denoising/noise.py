"""Noise that is added to images: Gaussian as in diffusion, or that of a Poisson flow in D more dimensions.

A Poisson flow (PFGM++, Xu et al. 2023) sees an image of N numbers as a point of a space of N + D dimensions. At the
distance r = sigma sqrt(D) from the images, the noise has a random direction and the length R with the density
proportional to R^(N - 1) / (R^2 + r^2)^((N + D) / 2). Then R^2 / r^2 is a ratio of two gamma variables (of shapes N / 2
and D / 2), and with growing D the noise becomes Gaussian of deviation sigma.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from medcurate.learning.random_inputs import RandomInput

Tensor = Any


class Noise(Protocol):
    """Noise of a given scale, as a function of random numbers."""

    def needs(self) -> dict[str, RandomInput]:
        """Return the random numbers of one image."""

    def at(self, numbers: Mapping[str, Tensor], sigma: Tensor | float) -> Tensor:
        """Return noise of the scale `sigma`, shape (n, *spatial, channels).

        Parameters
        ----------
        numbers : mapping of str to tensor
            As `needs` asks for.
        sigma : tensor of shape (n, 1, 1, 1), or float
            Above 0.
        """


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """Independent numbers with the deviation sigma.

    Attributes
    ----------
    shape : tuple of int
        Of an image.
    """

    shape: tuple[int, ...]

    def needs(self) -> dict[str, RandomInput]:
        """Return one standard normal number per pixel."""
        return {"noise": RandomInput(self.shape)}

    def at(self, numbers: Mapping[str, Tensor], sigma: Tensor | float) -> Tensor:
        """Return noise of the scale `sigma`."""
        return numbers["noise"] * sigma


@dataclass(frozen=True, slots=True)
class PoissonNoise:
    """Noise of a Poisson flow, see the module.

    Attributes
    ----------
    shape : tuple of int
        Of an image.
    dimensions : float
        D, 1 or more: how many dimensions are added.
    """

    shape: tuple[int, ...]
    dimensions: float

    def needs(self) -> dict[str, RandomInput]:
        """Return the numbers of a direction, and R^2 / r^2."""
        ratio = RandomInput((1,), "gamma_ratio", shapes=(math.prod(self.shape) / 2, self.dimensions / 2))
        return {"noise": RandomInput(self.shape), "radius": ratio}

    def at(self, numbers: Mapping[str, Tensor], sigma: Tensor | float) -> Tensor:
        """Return noise of the scale `sigma`."""
        from keras import ops

        normal = numbers["noise"]
        axes = tuple(range(1, len(self.shape) + 1))
        direction = normal * ops.rsqrt(ops.sum(ops.square(normal), axis=axes, keepdims=True))
        length = ops.sqrt(numbers["radius"] * self.dimensions)
        return direction * ops.reshape(length, (-1,) + (1,) * len(self.shape)) * sigma
