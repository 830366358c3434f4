"""Intervals of metrics of two sets of features: both are halved many times, and patients are kept together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.folds import SPLITS, fold_numbers, half_splits
from medcurate.evaluate.design.halving import halving_interval
from medcurate.results import Better, Metric

PART = "fidelity"

Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Context:
    """What all metrics of fidelity share.

    Attributes
    ----------
    groups, other_groups : sequence, optional
        Patient of each real row, and of each row that it is compared with.
    splits : int
        Number of halvings, for the intervals.
    settings : mapping
        Recorded with every metric: encoder, size and so on.
    """

    groups: Sequence[object] | None = None
    other_groups: Sequence[object] | None = None
    splits: int = SPLITS
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def parted(self, real: int, generated: int) -> Folds:
        """Divide both sides into the same number of folds, and these into halves."""
        of_real = fold_numbers(real, groups=self.groups, seed=self.seed)
        of_generated = fold_numbers(generated, groups=self.other_groups, seed=self.seed + 1)
        count = int(min(of_real.max(), of_generated.max())) + 1
        splits = half_splits(count, splits=self.splits, seed=self.seed)
        return Folds(of_real % count, of_generated % count, count, splits)

    def metric(
        self,
        name: str,
        value: float,
        halves: Sequence[tuple[float, float]],
        *,
        sizes: tuple[int, int],
        better: Better,
        bounds: tuple[float, float] = (-np.inf, np.inf),
        **settings: Any,
    ) -> Metric:
        """Make a metric of a value and its values for pairs of halves."""
        interval = halving_interval(value, halves, bounds=bounds)
        recorded = {
            **self.settings,
            **settings,
            "n_real": sizes[0],
            "n_generated": sizes[1],
            "unit_of_n": "generated images",
            "interval": f"{len(halves)} random halvings" if interval else "none: too few images or patients",
            "seed": self.seed,
        }
        return Metric(f"{PART}/{name}", value, interval, sizes[1], recorded, better=better)


@dataclass(frozen=True, slots=True)
class Folds:
    """Fold of each row of both sides, and the halves that folds form.

    Attributes
    ----------
    of_real, of_generated : ndarray of int64
    splits : ndarray of bool, shape (splits, count)
        Folds of the first half.
    """

    of_real: NDArray[np.int64]
    of_generated: NDArray[np.int64]
    count: int
    splits: NDArray[np.bool_]

    def halves(self) -> Iterator[tuple[tuple[Chosen, Chosen], tuple[Chosen, Chosen]]]:
        """Yield, split by split, the rows of either side in the first half, and in the second."""
        for first in self.splits:
            real, generated = first[self.of_real], first[self.of_generated]
            yield (real, generated), (~real, ~generated)
