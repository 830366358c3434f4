"""How a network becomes a denoiser: scaling of what it is given and of what it returns, and which noise it learns.

A denoiser D(x; sigma) guesses the image of which x is the sum with noise of the scale sigma. With a network F it is
D = skip x + out F(in x, feature), where skip, out, in and feature are functions of sigma (Karras et al. 2022, table 1).
The network learns (image - skip x) / out, so that its task has about the same size at every sigma.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Tensor = Any


class Scales(NamedTuple):
    """The four functions at some sigma; each has the shape of sigma."""

    skip: Tensor
    out: Tensor
    given: Tensor
    feature: Tensor


class Preconditioning(Protocol):
    """Scalings, the noise levels that are learned, and those that a drawing visits."""

    def scales(self, sigma: Tensor) -> Scales:
        """Return the scalings at `sigma`, above 0."""

    def learned(self, normal: Tensor) -> Tensor:
        """Return the sigma that is learned for a standard normal number."""

    def visited(self, steps: int, low: float, high: float) -> NDArray[np.float64]:
        """Return `steps` levels from `high` down to `low`."""


@dataclass(frozen=True, slots=True)
class Edm:
    """Scalings of Karras et al. (2022), for images whose numbers have the deviation `data`.

    Attributes
    ----------
    data : float
        Deviation of the numbers of the images.
    mean, deviation : float
        Of the natural logarithm of sigma in training.
    rho : float
        Levels of a drawing are equally spaced in sigma^(1 / rho).
    """

    data: float = 0.5
    mean: float = -1.0
    deviation: float = 1.2
    rho: float = 7.0

    def scales(self, sigma: Tensor) -> Scales:
        """Return the scalings at `sigma`."""
        from keras import ops

        total = sigma * sigma + self.data**2
        root = ops.sqrt(total)
        return Scales(self.data**2 / total, sigma * self.data / root, 1.0 / root, ops.log(sigma) / 4)

    def learned(self, normal: Tensor) -> Tensor:
        """Return a sigma with a normal logarithm."""
        from keras import ops

        return ops.exp(self.mean + self.deviation * normal)

    def visited(self, steps: int, low: float, high: float) -> NDArray[np.float64]:
        """Return `steps` levels from `high` down to `low`."""
        share = np.linspace(0, 1, steps)
        first, last = high ** (1 / self.rho), low ** (1 / self.rho)
        return np.asarray((first + share * (last - first)) ** self.rho)


@dataclass(frozen=True, slots=True)
class RectifiedFlow:
    """Scalings of a rectified flow (Liu et al. 2023), which learns the straight way from an image to noise.

    At the time t in (0, 1), the point (1 - t) image + t noise is, divided by 1 - t, an image with noise of the scale
    sigma = t / (1 - t). There the network learns noise - image: D = x_t - t F.

    Attributes
    ----------
    mean, deviation : float
        Of the logit of t in training (Esser et al. 2024), which is the logarithm of sigma.
    """

    mean: float = -0.5
    deviation: float = 1.2

    def scales(self, sigma: Tensor) -> Scales:
        """Return the scalings at `sigma`."""
        from keras import ops

        kept = 1.0 / (1.0 + sigma)
        return Scales(kept, -sigma * kept, kept, ops.log(sigma) / 4)

    def learned(self, normal: Tensor) -> Tensor:
        """Return a sigma whose t has a normal logit."""
        from keras import ops

        return ops.exp(self.mean + self.deviation * normal)

    def visited(self, steps: int, low: float, high: float) -> NDArray[np.float64]:
        """Return `steps` levels, equally spaced in t."""
        time = np.linspace(high / (1 + high), low / (1 + low), steps)
        return np.asarray(time / (1 - time))
