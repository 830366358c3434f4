"""A moving average of the generator's weights: it draws better images than the last weights (Yazici et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.callback import Callback, Moment


class Average(Callback):
    """Keeps the average in a network of its own.

    Parameters
    ----------
    network : keras.Model
        A copy of the generator, with the same weights at the start.
    blend : callable
        ``(decay) -> None`` moves the copy toward the generator.
    decay : float
        In the long run; the first steps weigh more.
    """

    def __init__(self, network: Any, blend: Callable[[float], None], decay: float) -> None:
        self.network = network
        self._blend = blend
        self._decay = decay

    def after(self, moment: Moment) -> None:
        """Move the average by one step."""
        self._blend(min(self._decay, moment.step / (moment.step + 9)) if self._decay else 0.0)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the averaged weights."""
        return {f"{k:04d}": np.asarray(weight) for k, weight in enumerate(self.network.get_weights())}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Set the averaged weights."""
        self.network.set_weights([arrays[name] for name in sorted(arrays)])
