"""A moving average of the generator's weights: it draws better images than the last weights (Yazici et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.callback import Callback, StepResult
from medcurate.learning.sampler import Sampler


def exponential(decay: float, step: int) -> float:
    """Return the decay of a step of an average that forgets at a fixed rate, in which the first steps weigh more."""
    return min(decay, step / (step + 9)) if decay else 0.0


def power_function(width: float, step: int) -> float:
    """Return the decay of a step of an average that grows with the training (Karras et al. 2024).

    Parameters
    ----------
    width : float
        Share of the training so far over which it averages, in (0, 0.25]: the deviation of its weights in time.
    step : int
        From 1.
    """
    # The weights are proportional to step^exponent; this is the width of such a profile, solved for the exponent.
    exponent = max(np.roots([1.0, 7.0, 16.0 - width**-2, 12.0 - width**-2]).real)
    return float((1.0 - 1.0 / step) ** (exponent + 1.0))


class Average(Callback):
    """Keeps the average in networks of its own.

    Parameters
    ----------
    sampler : Sampler
        Copies of the trained networks, with the same weights at the start.
    blend : callable
        ``(decay) -> None`` moves the copies toward the trained networks.
    decay : callable
        ``(step) ->`` the decay of a step, in [0, 1): 0 takes the trained weights.
    """

    def __init__(self, sampler: Sampler, blend: Callable[[float], None], decay: Callable[[int], float]) -> None:
        self._weights = list(sampler.weights().values())
        self._blend = blend
        self._decay = decay

    def after(self, result: StepResult) -> None:
        """Move the average by one step."""
        self._blend(self._decay(result.step))

    def weights(self) -> list[NDArray[Any]]:
        """Return a copy of the averaged weights."""
        return [np.asarray(weight).copy() for weight in self._weights]

    def set_weights(self, weights: list[NDArray[Any]]) -> None:
        """Replace the averaged weights by what `weights` returned."""
        for variable, value in zip(self._weights, weights, strict=True):
            variable.assign(value)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the averaged weights."""
        return {f"{k:04d}": weight for k, weight in enumerate(self.weights())}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Set the averaged weights."""
        self.set_weights([arrays[name] for name in sorted(arrays)])
