"""Measures generated images during training, keeps the best weights, and stops when they stay without improvement.

The metric is an argument: this package knows none. A single measurement is partly luck, so the weights of a step count
by the mean of three measurements in a row: the one before, that of the step, and the one after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from medcurate.learning.callback import Callback, StepResult
from medcurate.learning.comparison import Comparison

WINDOW = 3
"""Measurements in a row whose mean is compared."""

Measure = Callable[[NDArray[np.uint8]], Mapping[str, float]]
"""``(generated images) -> named numbers``; the first is to be minimized."""


@runtime_checkable
class ComparingMeasure(Protocol):
    """A measure with a floor, which can also tell whether one set of images is better than another."""

    @property
    def floor(self) -> float:
        """The first number for real images in place of generated ones; NaN where there are too few."""

    def __call__(self, generated: NDArray[np.uint8], /) -> Mapping[str, float]:
        """See `Measure`."""

    def compare(self, first: NDArray[np.uint8], second: NDArray[np.uint8], /) -> tuple[Comparison, ...]:
        """Compare two sets of as many generated images; the first comparison is that of the first number."""


class EarlyStopping(Callback):
    """Keeps the best weights by a smoothed metric.

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

    Attributes
    ----------
    name : str
        Of the number that is minimized; empty before the first measurement.
    series : list of (int, float)
        Step and value of each measurement.
    best : float
        Smallest mean of three measurements in a row; infinite before the third.
    best_step : int
        Step of the second of these three.
    best_weights : list of ndarray
        Weights of that step; empty before the third measurement.
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
        self.measure = measure
        self._draw = draw
        self._weights = weights
        self._write = write
        self._every = every
        self._patience = patience
        self.name = ""
        self.series: list[tuple[int, float]] = []
        self.best = math.inf
        self.best_step = 0
        self.best_weights: list[NDArray[Any]] = []
        self._before: list[NDArray[Any]] = []
        self._since = 0

    def after(self, result: StepResult) -> str | None:
        """Measure, every so many steps."""
        if result.step % self._every:
            return None
        found = dict(self.measure(self._draw()))
        self._write(result.step, found)
        self.name, value = next(iter(found.items()))
        self.series.append((result.step, float(value)))
        improved = self._improved()
        self._before = [np.array(weight) for weight in self._weights()]
        return None if improved else self._reason()

    def _improved(self) -> bool:
        """Take the weights of the measurement before this one, if the mean around it is the smallest so far."""
        if len(self.series) < WINDOW:
            return True
        mean = sum(value for _, value in self.series[-WINDOW:]) / WINDOW
        if not mean < self.best:  # also where a value is NaN
            self._since += 1
            return False
        self.best, self.best_step, self._since = mean, self.series[-2][0], 0
        self.best_weights = self._before
        return True

    def _reason(self) -> str | None:
        if not self._patience or self._since < self._patience:
            return None
        return (
            f"{self.name}, the mean of {WINDOW} measurements in a row, has not become better than {self.best:.4g} "
            f"(step {self.best_step:,}) for {self._since} measurements"
        )

    def state(self) -> dict[str, Any]:
        """Return the measurements, the best mean with its step, and the number of measurements since."""
        return {
            "name": self.name,
            "series": [[step, value if math.isfinite(value) else None] for step, value in self.series],
            "best": self.best if math.isfinite(self.best) else None,
            "best_step": self.best_step,
            "since": self._since,
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the best weights, and those of the newest measurement."""
        kept = {"best": self.best_weights, "before": self._before}
        return {f"{name}/{k:04d}": weight for name, weights in kept.items() for k, weight in enumerate(weights)}

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Set them; the best of an earlier version, by a single measurement, is left aside."""
        if "series" not in state:
            return
        self.name = state["name"]
        self.series = [(step, math.nan if value is None else value) for step, value in state["series"]]
        self.best = math.inf if state["best"] is None else state["best"]
        self.best_step, self._since = state["best_step"], state["since"]
        self.best_weights, self._before = (
            [arrays[name] for name in sorted(arrays) if name.startswith(f"{kept}/")] for kept in ("best", "before")
        )
