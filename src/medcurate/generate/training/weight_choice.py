"""Which weights of a training are drawn from unless a user decides: the last, or the best by a metric.

A distance that is measured at many steps is smallest at one of them by chance alone. So the best weights are measured
again next to the last, with images of new random numbers, and are chosen only where they are better beyond the interval
of the difference and no other number of the metric is worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.generate.callbacks.early_stopping import WINDOW, ComparingMeasure, EarlyStopping
from medcurate.generate.drawing.weights import BEST, LAST, Weights
from medcurate.learning.comparison import Comparison

FEWEST = 5
"""Measurements below which the best is not looked for: the mean of three of them is nearly the mean of all."""

DrawWith = Callable[[list[NDArray[Any]] | None], NDArray[np.uint8]]
"""``(weights) ->`` images from random numbers that no measurement has used; None stands for the last weights."""


@dataclass(frozen=True, slots=True)
class WeightChoice:
    """The weights that a training chose.

    Attributes
    ----------
    weights : {'last', 'best'}
    why : str
        One sentence for people, without a period.
    facts : mapping
        What it was decided by, as JSON values: ``metric``, ``measurements`` (how many), ``best_step``, ``floor`` and
        ``compared``.
    """

    weights: Weights
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return what stands in ``generator.json`` as ``choice``."""
        return {"weights": self.weights, "why": self.why, **self.facts}


def choose_weights(stopping: EarlyStopping | None, draw: DrawWith) -> WeightChoice:
    """Choose between the last weights and the best.

    Parameters
    ----------
    stopping : EarlyStopping or None
        With the series of measurements; None where nothing was measured.
    draw : callable
        See `DrawWith`.
    """
    if stopping is None:
        return WeightChoice(LAST, "no metric was measured during the training")
    number = len(stopping.series)
    facts: dict[str, Any] = {"metric": stopping.name or None, "measurements": number, "smoothed_over": WINDOW}
    counted = f"{number} measurement{'' if number == 1 else 's'}"
    if not stopping.best_weights or number < FEWEST:
        return WeightChoice(LAST, f"{counted} cannot tell which step was best; {FEWEST} are needed", facts)
    facts["best_step"] = stopping.best_step
    if not isinstance(stopping.measure, ComparingMeasure):
        return WeightChoice(LAST, "the metric has no interval, so nobody can tell whether the best is better", facts)
    compared = stopping.measure.compare(draw(stopping.best_weights), draw(None))
    floor = stopping.measure.floor
    facts |= {"floor": floor if math.isfinite(floor) else None, "compared": [_record(one) for one in compared]}
    chosen, why = _decided(stopping.best_step, compared)
    return WeightChoice(chosen, f"{why}; {counted}", facts)


def _decided(step: int, compared: tuple[Comparison, ...]) -> tuple[Weights, str]:
    first, *others = compared
    numbers = f"{first.name} {_with_interval(first)} compared with {first.second:.3g}"
    if not first.surely_better:
        return LAST, f"best at step {step:,} is not better beyond its interval ({numbers})"
    for other in others:
        if other.worse:
            worse = f"{other.name} {other.first:.3g} compared with {other.second:.3g}"
            return LAST, f"best at step {step:,} is better in one way ({numbers}) and worse in another ({worse})"
    return BEST, f"step {step:,} is better than the last beyond its interval ({numbers})"


def _with_interval(one: Comparison) -> str:
    if one.interval is None:
        return f"{one.first:.3g} without an interval"
    return f"{one.first:.3g} ± {(one.interval[1] - one.interval[0]) / 2:.2g}"


def _record(one: Comparison) -> dict[str, Any]:
    interval = None if one.interval is None else list(one.interval)
    return {"name": one.name, "best": one.first, "last": one.second, "interval_of_difference": interval}
