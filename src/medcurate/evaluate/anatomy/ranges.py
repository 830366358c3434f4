"""Metrics of the measures: the share of synthetic images outside the real range, and how far distributions are apart.

The range is that of real images that are not held out; the baseline is the share of held-out images
outside of it. Distances are to the held-out images; their baseline is the distance between the two real sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.evaluate import head
from medcurate.evaluate.anatomy.distances import Distance, Weights, distribution_distances, draws
from medcurate.evaluate.anatomy.measures import MEASURES, HeadMeasure, Measured
from medcurate.evaluate.anatomy.settings import AnatomySettings
from medcurate.evaluate.design.shares import share_interval
from medcurate.results import Metric

PART = "anatomy"
UNIT = {"wasserstein": "SD", "ks": ""}
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RealRange:
    """Between which values a share of the real images lies."""

    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: ArrayLike, low: float, high: float) -> RealRange:
        """Return the range between two quantiles of the values; NaN is left out."""
        known = _known(values)
        if not known.size:
            return cls(float("nan"), float("nan"), 0)
        ends = np.quantile(known, [low, high])
        return cls(float(ends[0]), float(ends[1]), known.size)

    def below(self, values: ArrayLike) -> int:
        """Count the values below the range."""
        return int((_known(values) < self.low).sum())

    def above(self, values: ArrayLike) -> int:
        """Count the values above the range."""
        return int((_known(values) > self.high).sum())


def outside_metric(name: str, range_: RealRange, values: ArrayLike, settings: dict[str, Any]) -> Metric:
    """Return the share of values outside a range, in percent, with Wilson's interval.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN is left out.
    """
    n = _known(values).size
    below, above = range_.below(values), range_.above(values)
    low, high = share_interval(below + above, n)
    more = settings | {
        "real_range": [range_.low, range_.high], "n_range": range_.n, "below": below, "above": above,
        "unit_of_n": "images", "interval": "Wilson",
    }  # fmt: skip
    value = 100 * (below + above) / n if n else float("nan")
    return Metric(name, value, (100 * low, 100 * high) if n else None, n, more, better="near", unit="%")


def range_metrics(train: Measured, test: Measured, synthetic: Measured, settings: AnatomySettings) -> Iterator[Metric]:
    """Yield the share outside the real range of every measure: of all images, and of each plane and tumor type."""
    for column, measure in enumerate(MEASURES):
        for label, chosen in _strata((train, test, synthetic)):
            values = [side.values[rows, column] for side, rows in zip((train, test, synthetic), chosen, strict=True)]
            least = settings.least if label else 2
            if min(_known(side).size for side in values) < least:
                continue
            range_ = RealRange.of(values[0], settings.low, settings.high)
            record = (
                _record(measure) | {"quantiles": [settings.low, settings.high]} | ({"only": label} if label else {})
            )
            name = f"{PART}/outside[{measure.name}{', ' + label if label else ''}]"
            yield outside_metric(name, range_, values[2], record).with_baseline(
                outside_metric(name, range_, values[1], record)
            )


def distance_metrics(
    train: Measured, test: Measured, synthetic: Measured, weights: tuple[Weights, Weights, Weights], seed: int
) -> Iterator[Metric]:
    """Yield how far every measure of the synthetic images is from that of the held-out real ones.

    Parameters
    ----------
    weights : tuple of ndarray
        Bootstrap draws of the three, in this order.
    seed : int
        Seed of the draws.
    """
    for column, measure in enumerate(MEASURES):
        values = [side.values[:, column] for side in (train, test, synthetic)]
        sizes = [_known(side).size for side in values]
        if min(sizes) < 2:
            continue
        found = distribution_distances(values[1], values[2], (weights[1], weights[2]))
        baseline = distribution_distances(values[1], values[0], (weights[1], weights[0]))
        for name, unit in UNIT.items():
            record = _record(measure) | {"seed": seed, "rounds": len(weights[0])}
            yield distance_metric(
                f"{PART}/{name}[{measure.name}]",
                found[name],
                baseline[name],
                (sizes[1], sizes[2], sizes[0]),
                record,
                unit,
            )


def distance_metric(
    name: str, found: Distance, baseline: Distance, sizes: tuple[int, int, int], settings: dict[str, Any], unit: str
) -> Metric:
    """Return a distance as a metric, with the distance between the two real sets as its baseline.

    Parameters
    ----------
    sizes : tuple of int
        Held-out, synthetic and other real images.
    """
    record = settings | {"interval": "basic bootstrap over images, or patients where known; both sides"}
    metrics = [
        Metric(
            name,
            one.value,
            one.interval,
            n,
            record | {"n_held_out": sizes[0], "unit_of_n": "images"},
            better="near" if place == 0 else "lower",
            unit=unit,
        )
        for place, (one, n) in enumerate(((found, sizes[1]), (baseline, sizes[2])))
    ]
    return metrics[0].with_baseline(metrics[1])


def all_draws(sides: tuple[Measured, ...], settings: AnatomySettings, seed: int) -> tuple[Weights, ...]:
    """Return the draws of each set of images, by patient where patients are known."""
    return tuple(
        draws(len(side), groups=side.groups if any(side.groups) else None, seed=seed + place, rounds=settings.rounds)
        for place, side in enumerate(sides)
    )


def _record(measure: HeadMeasure) -> dict[str, Any]:
    record: dict[str, Any] = {"measure": measure.name, "definition": measure.definition}
    return record if measure.name in ("spectral_slope", "fine_detail") else record | {"head_rule": head.RULE}


def _strata(sides: tuple[Measured, Measured, Measured]) -> Iterator[tuple[str, list[NDArray[np.bool_]]]]:
    """Yield all images, then those of each plane and of each tumor type that occurs on every side."""
    yield "", [np.ones(len(side), bool) for side in sides]
    for name in ("planes", "tumors"):
        columns = [getattr(side, name) for side in sides]
        shared = set(columns[0]).intersection(*columns[1:]) - {None}
        if len({value for column in columns for value in column}) > 1:
            for value in sorted(shared):
                yield value, [np.array([one == value for one in column], bool) for column in columns]


def _known(values: ArrayLike) -> Floats:
    every = np.asarray(values, np.float64)
    return every[np.isfinite(every)]
