"""Measures generated images, keeps the best weights, and stops when they have not become better for long.

The metric is an argument: this package knows none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.callback import Callback, StepResult

Measure = Callable[[NDArray[np.uint8]], Mapping[str, float]]
"""``(generated images) -> named numbers``; the first is to be minimized."""


class EarlyStopping(Callback):
    """Keeps the best weights by a metric.

    Parameters
    ----------
    measure : callable
        See `Measure`.
    draw : callable
        ``() -> `` images to measure, always from the same random numbers.
    weights : callable
        ``() -> `` the weights that drew them.
    write : callable
        ``(step, numbers)``, for the history.
    every : int
        Steps between two measurements.
    patience : int
        Measurements without an improvement after which to stop; 0 never stops.
    """

    def __init__(
        self,
        measure: Measure,
        *,
        draw: Callable[[], NDArray[np.uint8]],
        weights: Callable[[], list[NDArray[Any]]],
        write: Callable[[int, dict[str, Any]], None],
        every: int,
        patience: int,
    ) -> None:
        self._measure = measure
        self._draw = draw
        self._weights = weights
        self._write = write
        self._every = every
        self._patience = patience
        self.best = math.inf
        self.best_step = 0
        self.best_weights: list[NDArray[Any]] = []
        self._since = 0

    def after(self, result: StepResult) -> str | None:
        """Measure, every so many steps."""
        if result.step % self._every:
            return None
        found = dict(self._measure(self._draw()))
        self._write(result.step, found)
        name, value = next(iter(found.items()))
        if value < self.best:
            self.best, self.best_step, self._since = value, result.step, 0
            self.best_weights = [np.array(weight) for weight in self._weights()]
            return None
        self._since += 1
        if self._patience and self._since >= self._patience:
            return (
                f"{name} has not become better than {self.best:.4g} (step {self.best_step:,}) for {self._since} looks"
            )
        return None

    def state(self) -> dict[str, Any]:
        """Return the best value, its step, and the number of measurements since."""
        best = None if math.isinf(self.best) else self.best
        return {"best": best, "best_step": self.best_step, "since": self._since}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the best weights."""
        return {f"{k:04d}": weight for k, weight in enumerate(self.best_weights)}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Set them."""
        self.best = math.inf if state["best"] is None else state["best"]
        self.best_step, self._since = state["best_step"], state["since"]
        self.best_weights = [arrays[name] for name in sorted(arrays)]
