"""The classifier two-sample test: whether a classifier can tell two sets apart (Lopez-Paz & Oquab, ICLR 2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.design.bootstrap import ROUNDS, bootstrap_interval
from medcurate.evaluate.design.folds import fold_numbers, group_numbers
from medcurate.evaluate.neighbors import Features, checked
from medcurate.evaluate.two_sample.cross_fitting import cross_fitted
from medcurate.results import Metric


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """How often each image was classified rightly, in [0, 1]: between 0 and 1 if it was judged several times."""

    right: NDArray[np.float64]
    groups: Sequence[object]

    def metric(self, name: str, settings: Mapping[str, Any], *, seed: int, rounds: int) -> Metric:
        """Return the accuracy; classifiers whose training sets overlap err together, so its interval is stretched.

        By the square root of 1 + J / (J - 1) of J folds (Nadeau & Bengio, *Machine Learning* 52, 2003). Where there
        is no difference, accuracies were measured to scatter 1.25 times as wide as those of independent images.
        """
        value = float(self.right.mean())
        low, high = bootstrap_interval(
            lambda rows: float(self.right[rows].mean()), len(self.right), groups=self.groups, seed=seed, rounds=rounds
        )
        stretch = sqrt(1 + settings["folds"] / (settings["folds"] - 1))
        interval = (max(0.0, value - stretch * (value - low)), min(1.0, value + stretch * (high - value)))
        return Metric(name, value, interval, len(self.right), settings, None, "near")


def told_apart(
    real: ArrayLike,
    other: ArrayLike,
    *,
    groups: Sequence[object] | None = None,
    other_groups: Sequence[object] | None = None,
    classifier: str = "linear",
    folds: int = 5,
    halvings: int = 5,
    rounds: int = ROUNDS,
    seed: int = 0,
    name: str = "two_sample/accuracy",
    settings: Mapping[str, Any] | None = None,
) -> Metric:
    """Return the share of images that a classifier assigns to the right one of two sets of equal size.

    Every image is judged by a classifier that was trained on other patients. One half is chance. More means that the
    classifier can distinguish the sets; less means that similar images are in the other set, as copies are.

    Parameters
    ----------
    real, other : array_like, shape (n, d) and (m, d)
        Features of real images, and of synthetic or others.
    groups, other_groups : sequence, length n and m, optional
        Patient of each image; an image with None stands alone.
    classifier : str
        See `medcurate.evaluate.two_sample.classifiers.classifier`.
    folds, halvings, rounds : int
        See `TwoSampleSettings`.
    name : str
        The classifier follows in brackets.
    settings : mapping, optional
        Recorded with the value.

    Returns
    -------
    Metric
        In [0, 1], with a bootstrap interval over patients; the baseline is the same between halves of the real images.

    Raises
    ------
    UsageError
        Shapes do not fit, or there are too few patients or images for so many folds.
    """
    real, other = checked(real, "real"), checked(other, "other")
    if real.shape[1] != other.shape[1]:
        raise UsageError(f"expected features of one width, received {real.shape} and {other.shape}")
    of_real, of_other = (
        [None] * len(side) if of is None else of for side, of in ((real, groups), (other, other_groups))
    )
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {"name": classifier, "folds": folds, "seed": seed}
    record = {**(settings or {}), "classifier": classifier, "folds": folds, "seed": seed, "chance": 0.5}
    record["interval"] = "bootstrap by patient, stretched as by Nadeau and Bengio"
    full = f"{name}[{classifier}]"
    n = min(len(real), len(other))
    a, b = (np.sort(rng.permutation(len(side))[:n]) for side in (real, other))
    judged = _judge((real[a], other[b]), (_of(of_real, a), _of(of_other, b)), rng, **options)
    metric = judged.metric(full, record, seed=seed, rounds=rounds)
    baseline = _halves(real, of_real, halvings, rng, **options)
    of_halves = {**record, "halvings": halvings}
    return (
        metric if baseline is None else metric.with_baseline(baseline.metric(full, of_halves, seed=seed, rounds=rounds))
    )


def _judge(
    sides: tuple[Features, Features],
    groups: tuple[Sequence[object], Sequence[object]],
    rng: np.random.Generator,
    *,
    name: str,
    folds: int,
    seed: int,
) -> _Judged:
    features = np.concatenate(sides).astype(np.float32)
    labels = np.repeat([0, 1], [len(side) for side in sides])
    patients = min(int(group_numbers(of, len(of)).max(initial=-1)) + 1 for of in groups)
    if patients < folds:
        raise UsageError(f"folds: expected {folds} or more patients (or images) on a side, received {patients}")
    fold = np.concatenate([fold_numbers(len(of), folds=folds, groups=of, seed=rng) for of in groups])
    chance = cross_fitted(features, labels, fold, name=name, seed=seed)[:, 1]
    right = np.where(labels == 1, chance > 0.5, chance < 0.5) + 0.5 * (chance == 0.5)
    both = [(side, of) if of is not None else None for side, one in enumerate(groups) for of in one]
    return _Judged(right.astype(np.float64), both)


def _halves(
    real: Features, groups: Sequence[object], halvings: int, rng: np.random.Generator, **options: Any
) -> _Judged | None:
    """Judge halves of the real images, several times; None where there are too few patients."""
    number = group_numbers(groups, len(groups))
    if int(number.max()) + 1 < 2 * options["folds"]:
        return None
    total, times = np.zeros(len(real)), np.zeros(len(real))
    for _ in range(halvings):
        side = fold_numbers(len(real), folds=2, groups=groups, seed=rng)
        n = int(np.bincount(side).min())
        a, b = (np.sort(rng.permutation(np.flatnonzero(side == one))[:n]) for one in (0, 1))
        if min(len(set(number[rows].tolist())) for rows in (a, b)) < options["folds"]:
            continue
        judged = _judge((real[a], real[b]), (_of(groups, a), _of(groups, b)), rng, **options)
        rows = np.concatenate([a, b])
        total[rows] += judged.right
        times[rows] += 1
    seen = np.flatnonzero(times)
    return _Judged(total[seen] / times[seen], _of(groups, seen)) if len(seen) else None


def _of(groups: Sequence[object], rows: NDArray[np.int64]) -> list[object]:
    return [groups[row] for row in rows.tolist()]
