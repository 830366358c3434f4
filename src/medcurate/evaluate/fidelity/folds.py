"""The folds of two sets of features, and the metric that their being left out gives an interval to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.jackknife import FOLDS, fold_numbers, jackknife_interval
from medcurate.results import Better, Metric

PART = "fidelity"


@dataclass(frozen=True, slots=True)
class Context:
    """How metrics are measured beyond what each of them needs.

    Attributes
    ----------
    groups : sequence, optional
        Patient of each real row: left out together.
    folds : int
        That are left out in turn for an interval.
    seed : int
    settings : mapping
        Recorded with every metric: encoder, size, ...
    """

    groups: Sequence[object] | None = None
    folds: int = FOLDS
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def parted(self, real: int, generated: int) -> Folds:
        """Divide both sides into the same number of folds."""
        of_real = fold_numbers(real, folds=self.folds, groups=self.groups, seed=self.seed)
        count = min(int(of_real.max()) + 1, generated)
        of_generated = fold_numbers(generated, folds=max(count, 2), seed=self.seed + 1)
        return Folds(of_real % count, of_generated % count, count)

    def metric(
        self,
        name: str,
        value: float,
        left_out: Sequence[float],
        *,
        sizes: tuple[int, int],
        better: Better,
        bounds: tuple[float, float] = (-np.inf, np.inf),
        **settings: Any,
    ) -> Metric:
        """Make a metric of a value and its values without each fold."""
        interval = jackknife_interval(value, left_out, bounds=bounds)
        recorded = {
            **self.settings,
            **settings,
            "n_real": sizes[0],
            "n_generated": sizes[1],
            "unit_of_n": "generated images",
            "interval": f"delete-a-group jackknife, {len(left_out)} groups" if interval else "too few groups",
            "seed": self.seed,
        }
        return Metric(f"{PART}/{name}", value, interval, sizes[1], recorded, better=better)


@dataclass(frozen=True, slots=True)
class Folds:
    """Fold of each row of both sides.

    Attributes
    ----------
    of_real, of_generated : ndarray of int64
    count : int
    """

    of_real: NDArray[np.int64]
    of_generated: NDArray[np.int64]
    count: int

    def kept(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Yield, fold by fold, which rows stay on either side."""
        for fold in range(self.count):
            yield self.of_real != fold, self.of_generated != fold
