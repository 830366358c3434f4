"""A moving average of the generator's weights: it draws better images than the last weights (Yazici et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.callback import Callback, StepResult
from medcurate.learning.sampler import Sampler


class Average(Callback):
    """Keeps the average in networks of its own.

    Parameters
    ----------
    sampler : Sampler
        Copies of the trained networks, with the same weights at the start.
    blend : callable
        ``(decay) -> None`` moves the copies toward the trained networks.
    decay : float
        In the long run; the first steps weigh more.
    """

    def __init__(self, sampler: Sampler, blend: Callable[[float], None], decay: float) -> None:
        self._weights = list(sampler.weights().values())
        self._blend = blend
        self._decay = decay

    def after(self, result: StepResult) -> None:
        """Move the average by one step."""
        self._blend(min(self._decay, result.step / (result.step + 9)) if self._decay else 0.0)

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
