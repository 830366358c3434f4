"""Callbacks that recognize a training that goes wrong, and say what to try."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.callback import Callback, StepResult

LOST_DIVERSITY = 0.3
"""Distance between generated images, relative to that between real ones, below which they are too alike."""
WON = 0.05
"""Loss of a discriminator, relative to that of guessing, below which it has won."""
_IN_A_ROW = 10
_YOUNG = 500


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What a monitor may use.

    Attributes
    ----------
    warn : callable
        ``(step, kind, text)`` writes a warning into history and notes, and adds the hint for this kind.
    write : callable
        ``(step, numbers)`` writes into the history.
    every : int
        Steps between two looks at the losses: each waits for the device.
    real : ndarray of uint8, shape (n, *spatial, channels)
        Some real images.
    """

    warn: Callable[[int, str, str], None]
    write: Callable[[int, dict[str, Any]], None]
    every: int
    real: NDArray[Any]


class Monitor(Callback):
    """Base of the monitors that a family lists in its `TrainingSetup`."""

    def watch(self, step: int, images: NDArray[Any]) -> None:
        """Look at the images that were drawn for the picture of a step, uint8 of shape (n, *spatial, channels)."""


class FiniteNumbers(Callback):
    """Stops a training when a loss becomes NaN or infinite.

    Parameters
    ----------
    surroundings : Surroundings
        Its `real` images are not used.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._warn, self._every = surroundings.warn, surroundings.every
        self.broken = False
        self._latest: StepResult | None = None

    def after(self, result: StepResult) -> str | None:
        """Look at the losses, every so many steps."""
        self._latest = result
        return self._look(result) if result.step % self._every == 0 else None

    def end(self, step: int) -> None:
        """Look at the last step, whose weights are to be kept."""
        if self._latest is not None and not self.broken:
            self._look(self._latest)

    def _look(self, result: StepResult) -> str | None:
        bad = [name for name, value in result.numbers().items() if not math.isfinite(value)]
        if not bad:
            return None
        self.broken = True
        text = f"{', '.join(bad)} became NaN or infinite: the weights since the last checkpoint are lost"
        self._warn(result.step, "not-a-number", text)
        return text


class DiscriminatorWon(Monitor):
    """Warns once when the discriminator recognizes all generated images: the generator then learns nothing.

    Parameters
    ----------
    surroundings : Surroundings
        Its `real` images are not used.
    chance_loss : float or None
        ``discriminator_loss`` of a discriminator that can only guess; None never warns.
    """

    def __init__(self, surroundings: Surroundings, *, chance_loss: float | None) -> None:
        self._warn, self._every = surroundings.warn, surroundings.every
        self._chance_loss = chance_loss
        self._losses: deque[float] = deque(maxlen=_IN_A_ROW)
        self._told = False

    def after(self, result: StepResult) -> None:
        """Look at the last losses."""
        if self._chance_loss is None or result.step % self._every:
            return
        self._losses.append(result.numbers()["discriminator_loss"] / self._chance_loss)
        won = len(self._losses) == _IN_A_ROW and max(self._losses) < WON
        if won and not self._told:
            self._warn(
                result.step,
                "discriminator-won",
                f"the discriminator has recognized every generated image for {_IN_A_ROW * self._every} steps, so the "
                "generator learns nothing",
            )
        self._told = won or (self._told and bool(self._losses) and min(self._losses) < 2 * WON)

    def state(self) -> dict[str, Any]:
        """Return the last losses and whether it has warned."""
        return {"losses": list(self._losses), "told": self._told}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Set them."""
        self._losses = deque(state["losses"], maxlen=_IN_A_ROW)
        self._told = state["told"]


class Diversity(Monitor):
    """Warns once when images from different random numbers become alike: mode collapse.

    For families that draw from random numbers; images that are a function of their source differ as the sources do.

    Parameters
    ----------
    surroundings : Surroundings
        Generated images are compared with its `real` ones.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._warn, self._write = surroundings.warn, surroundings.write
        self._of_real = mean_distance(surroundings.real)
        self._told = False

    def watch(self, step: int, images: NDArray[Any]) -> None:
        """Compare the images of a step with one another."""
        share = mean_distance(images) / self._of_real if self._of_real else math.nan
        self._write(step, {"diversity": round(share, 4)})
        lost = share < LOST_DIVERSITY and step >= _YOUNG
        if lost and not self._told:
            self._warn(
                step, "lost-diversity", f"generated images are too alike: {share:.0%} of the distance between real ones"
            )
        self._told = lost

    def state(self) -> dict[str, Any]:
        """Return whether it has warned."""
        return {"told": self._told}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Set it."""
        self._told = state["told"]


def mean_distance(images: NDArray[Any]) -> float:
    """Return the root mean square difference between two of the images, over all pairs.

    The mean square difference of pairs is twice the variance of each pixel, so pairs need not be compared.

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
