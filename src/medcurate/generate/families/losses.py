"""The losses of the two players of a GAN: pairs of pure functions of the discriminator's logits.

Each takes logits of shape (n, ...) and returns the mean as a scalar; written with ``keras.ops`` alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Tensor = Any


@dataclass(frozen=True, slots=True)
class AdversarialLoss:
    """The losses of both players.

    Attributes
    ----------
    discriminator : callable
        ``(logits of real images, logits of generated ones) -> scalar``.
    generator : callable
        ``(logits of generated images) -> scalar``.
    chance : float or None
        Loss of a discriminator that can only guess; None for a critic, which does not classify.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]
    chance: float | None


def _bce() -> AdversarialLoss:
    """Binary cross-entropy, with the generator's non-saturating loss (Goodfellow et al. 2014)."""
    from keras import ops

    def on_discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))

    return AdversarialLoss(on_discriminator, lambda fake: ops.mean(ops.softplus(-fake)), 2 * math.log(2))


def _hinge() -> AdversarialLoss:
    """Hinge loss (Lim and Ye 2017; Miyato et al. 2018)."""
    from keras import ops

    def on_discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))

    return AdversarialLoss(on_discriminator, lambda fake: -ops.mean(fake), 2.0)


def _lsgan() -> AdversarialLoss:
    """Least squares with targets 1 and 0 (Mao et al. 2017)."""
    from keras import ops

    def on_discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * (ops.mean(ops.square(real - 1.0)) + ops.mean(ops.square(fake)))

    return AdversarialLoss(on_discriminator, lambda fake: 0.5 * ops.mean(ops.square(fake - 1.0)), 0.25)


def _wasserstein() -> AdversarialLoss:
    """Difference of means, for a critic that is held Lipschitz (Arjovsky et al. 2017)."""
    from keras import ops

    return AdversarialLoss(lambda real, fake: ops.mean(fake) - ops.mean(real), lambda fake: -ops.mean(fake), None)


_LOSSES = {"bce": _bce, "hinge": _hinge, "lsgan": _lsgan, "wasserstein": _wasserstein}
NAMES = tuple(_LOSSES)


def adversarial_loss(name: str) -> AdversarialLoss:
    """Return the losses of this name, one of `NAMES`."""
    return _LOSSES[name]()
