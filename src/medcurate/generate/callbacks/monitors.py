"""Says in plain words when a training goes wrong, and what to try."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.callback import Callback, Moment

Warn = Callable[[int, str, str], None]
"""``(step, kind, text)``."""

LOST_DIVERSITY = 0.3
"""Distance between generated images, as part of that between real ones, below which they are too alike."""
WON = 0.05
"""Loss of a discriminator, as part of what guessing gives, below which it has won."""
_IN_A_ROW = 10
_YOUNG = 500


class FiniteNumbers(Callback):
    """Stops a training whose numbers are no numbers any more.

    Parameters
    ----------
    warn : callable
    every : int
        Steps between two looks: each waits for the device.
    """

    def __init__(self, warn: Warn, every: int) -> None:
        self._warn = warn
        self._every = every
        self.broken = False
        self._latest: Moment | None = None

    def after(self, moment: Moment) -> str | None:
        """Look at what was logged."""
        self._latest = moment
        return self._look(moment) if moment.step % self._every == 0 else None

    def end(self, step: int) -> None:
        """Look at the last step, whose weights are to be kept."""
        if self._latest is not None and not self.broken:
            self._look(self._latest)

    def _look(self, moment: Moment) -> str | None:
        bad = [name for name, value in moment.numbers().items() if not math.isfinite(value)]
        if not bad:
            return None
        self.broken = True
        text = (
            f"{', '.join(bad)} is not a number any more: the weights since the last checkpoint are lost. "
            "Try a lower learning rate (--set learning_rate=0.0001), a larger batch, or --precision float32"
        )
        self._warn(moment.step, "not-a-number", text)
        return text


class DiscriminatorWon(Callback):
    """Warns once when the discriminator tells all images apart: the generator then learns nothing.

    Parameters
    ----------
    warn : callable
    even : float or None
        The discriminator's loss when it can only guess; None for a critic, which is meant to be ahead.
    every : int
        Steps between two looks.
    """

    def __init__(self, warn: Warn, even: float | None, every: int) -> None:
        self._warn = warn
        self._even = even
        self._every = every
        self._losses: deque[float] = deque(maxlen=_IN_A_ROW)
        self._told = False

    def after(self, moment: Moment) -> None:
        """Look at the last losses."""
        if self._even is None or moment.step % self._every:
            return
        self._losses.append(moment.numbers()["discriminator_loss"] / self._even)
        won = len(self._losses) == _IN_A_ROW and max(self._losses) < WON
        if won and not self._told:
            self._warn(
                moment.step,
                "discriminator-won",
                f"the discriminator has told every image apart for {_IN_A_ROW * self._every} steps, so the generator "
                "learns nothing. Try augmentation (--augment color,translation,cutout), --spectral-norm, a lower "
                "learning rate, or --model wgan-gp",
            )
        self._told = won or (self._told and bool(self._losses) and min(self._losses) < 2 * WON)

    def state(self) -> dict[str, Any]:
        """Return the last losses and whether it has warned."""
        return {"losses": list(self._losses), "told": self._told}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take them back."""
        self._losses = deque(state["losses"], maxlen=_IN_A_ROW)
        self._told = state["told"]


class Diversity(Callback):
    """Warns once when images from different latents become alike: mode collapse.

    Parameters
    ----------
    warn : callable
    write : callable
        ``(step, numbers)``, for the history.
    real : ndarray of uint8, shape (n, height, width, channels)
        Some real images.
    """

    def __init__(self, warn: Warn, write: Callable[[int, dict[str, Any]], None], real: NDArray[Any]) -> None:
        self._warn = warn
        self._write = write
        self._of_real = mean_distance(real)
        self._told = False

    def watch(self, step: int, images: NDArray[Any]) -> None:
        """Compare the images of a step with one another."""
        share = mean_distance(images) / self._of_real if self._of_real else math.nan
        self._write(step, {"diversity": round(share, 4)})
        lost = share < LOST_DIVERSITY and step >= _YOUNG
        if lost and not self._told:
            self._warn(
                step,
                "lost-diversity",
                f"generated images are too alike: {share:.0%} of the distance between real ones. Try more data or "
                "classes, augmentation, a larger batch, a lower learning rate, or --model wgan-gp",
            )
        self._told = lost

    def state(self) -> dict[str, Any]:
        """Return whether it has warned."""
        return {"told": self._told}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take it back."""
        self._told = state["told"]


def mean_distance(images: NDArray[Any]) -> float:
    """Return the root mean square difference between two of the images, over all pairs.

    Twice the variance of each pixel is the mean square difference of pairs, so no pair is looked at.

    Parameters
    ----------
    images : ndarray, shape (n, ...)
        Of a single one it is 0.
    """
    n = len(images)
    if n < 2:
        return 0.0
    variance = np.var(images.reshape(n, -1).astype(np.float64), axis=0).mean()
    return float(np.sqrt(2 * variance * n / (n - 1)))
