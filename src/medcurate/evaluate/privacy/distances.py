"""Whether synthetic images are nearer to the training images than images of new patients are.

Every figure stands beside the same for held-out real images: a distance to the training images says nothing alone.
And a distance that raises no suspicion is no proof of privacy (Yao et al., The DCR Delusion, 2025): a copy that was
mirrored or turned is far away by it. `copy_search` looks for those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.bootstrap import drawn_rows, group_numbers
from medcurate.evaluate.neighbors import nearest
from medcurate.results import Better, Metric

ROUNDS = 500
LEAST = 10
"""Fewer images than this on a side are not compared."""

Values = NDArray[np.float64]
_Statistic = Callable[[Values, Values], float]


@dataclass(frozen=True, slots=True)
class ToTraining:
    """Distances of images to the training images.

    Attributes
    ----------
    first, second : ndarray of float64, shape (n,)
        To the nearest and the second nearest training image.
    row : ndarray of int64, shape (n,)
        The nearest training image.
    """

    first: Values
    second: Values
    row: NDArray[np.int64]

    @property
    def ratio(self) -> Values:
        """Nearest over second nearest distance, in [0, 1]; near 0 where one training image stands out."""
        return self.first / np.maximum(self.second, 1e-9)

    @property
    def correlation(self) -> Values:
        """Correlation with the nearest training image, for vectors of length 1 without mean."""
        return 1 - np.square(self.first) / 2


def to_training(features: ArrayLike, training: ArrayLike) -> ToTraining:
    """Measure the distances of images to training images.

    Parameters
    ----------
    features : array_like, shape (n, d)
    training : array_like, shape (m, d)
        Two or more.

    Raises
    ------
    UsageError
        Shapes do not fit, or there are fewer than two training images.
    """
    near, rows = nearest(features, training, 2)
    return ToTraining(near[:, 0], near[:, 1], rows[:, 0])


def distance_metrics(
    synthetic: ToTraining,
    held_out: ToTraining,
    *,
    groups: Sequence[object] | None = None,
    seed: int = 0,
    rounds: int = ROUNDS,
    settings: dict[str, Any] | None = None,
) -> tuple[Metric, ...]:
    """Compare distances of synthetic and of held-out images to the training images.

    ``distance_to_closest`` is the ratio of the medians, synthetic over held-out: below 1, synthetic images are nearer
    than new patients (distance to closest record, Zhao et al., CTAB-GAN, 2021). ``neighbor_ratio`` is the same for the
    nearest over the second nearest distance. ``nearer_than_new_patients`` is the chance that a synthetic image is
    nearer to the training images than a held-out one, with a test (Mann and Whitney, 1947): 0.5 if there is no
    difference. ``max_correlation`` is the correlation with the most similar training image (Usman Akbar et al., 2025,
    doi 10.1088/2632-2153/ad9a3a).

    Parameters
    ----------
    synthetic, held_out : ToTraining
    groups : sequence, optional
        Patient of each held-out image: whole patients are drawn again for the intervals.
    seed, rounds : int
    settings : dict, optional
        What else is to be recorded.

    Returns
    -------
    tuple of Metric
        Each with the same between two halves of the held-out patients.
    """
    if min(len(synthetic.first), len(held_out.first)) < LEAST:
        received = f"{len(synthetic.first)} synthetic and {len(held_out.first)} held-out images"
        raise UsageError(f"expected at least {LEAST} images on each side, received {received}")
    measure = _Beside(groups, seed, rounds, settings or {})
    wanted: tuple[tuple[str, Values, Values, _Statistic, Better], ...] = (
        ("distance_to_closest", synthetic.first, held_out.first, _median_ratio, "higher"),
        ("neighbor_ratio", synthetic.ratio, held_out.ratio, _median_ratio, "higher"),
        ("nearer_than_new_patients", synthetic.first, held_out.first, chance_nearer, "lower"),
        ("max_correlation[median]", synthetic.correlation, held_out.correlation, _median_of_first, "near"),
        ("max_correlation[95th percentile]", synthetic.correlation, held_out.correlation, _high_of_first, "near"),
    )
    return tuple(measure(f"privacy/{name}", *rest) for name, *rest in wanted)  # type: ignore[arg-type]


def closer_to_training(
    features: ArrayLike,
    training: ArrayLike,
    held_out: ArrayLike,
    *,
    groups: Sequence[object] | None = None,
    seed: int = 0,
    rounds: int = ROUNDS,
    settings: dict[str, Any] | None = None,
) -> Metric:
    """Return the share of images that are nearer to training than to held-out images, drawn to be equally many.

    A generator that has not memorized its training images is as near to one as to the other: 0.5. Ties count half.

    Parameters
    ----------
    features, training, held_out : array_like, shape (n, d), (m, d), (k, d)
    groups : sequence, length k, optional
        Patient of each held-out image. For the real-against-real value a half of the patients takes the place of
        `features`, and the other half stays held out.
    seed, rounds : int
    settings : dict, optional

    Returns
    -------
    Metric
    """
    rng = np.random.default_rng(seed)
    real, new = np.asarray(training), np.asarray(held_out)
    half = halves(len(new), groups, rng)
    own = _shares_nearer(np.asarray(features), real, new, rng)
    floor = _shares_nearer(new[half], real, new[~half], rng)
    made = [
        Metric(
            "privacy/closer_to_training",
            float(values.mean()),
            _interval([float(values[rows].mean()) for rows in drawn_rows(len(values), seed=seed, rounds=rounds)]),
            len(values),
            {**(settings or {}), "chance": 0.5, "unit_of_n": "images"},
            better="lower",
        )
        for values in (own, floor)
    ]
    return made[0].beside(made[1])


def authenticity(
    synthetic: ToTraining,
    held_out: ToTraining,
    training: ArrayLike,
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
    settings: dict[str, Any] | None = None,
) -> Metric:
    """Return the share of images that are farther from their training image than it is from the next training image.

    A copy is nearer (Alaa et al., How faithful is your synthetic data?, 2022).

    Parameters
    ----------
    synthetic, held_out : ToTraining
        The share of the held-out images is the real-against-real value.
    training : array_like, shape (m, d)
    seed, rounds : int
    settings : dict, optional

    Returns
    -------
    Metric
    """
    spacing = nearest(training, training, 1, skip_self=True)[0][:, 0]
    made = []
    for side in (synthetic, held_out):
        authentic = side.first > spacing[side.row]
        draws = [float(authentic[rows].mean()) for rows in drawn_rows(len(authentic), seed=seed, rounds=rounds)]
        more = {**(settings or {}), "unit_of_n": "images"}
        made.append(
            Metric(
                "privacy/authenticity", float(authentic.mean()), _interval(draws), len(authentic), more, better="near"
            )
        )
    return made[0].beside(made[1])


def chance_nearer(a: ArrayLike, b: ArrayLike) -> float:
    """Return the chance that a value of `a` is less than one of `b`; ties count half."""
    first, second = np.asarray(a, np.float64), np.sort(np.asarray(b, np.float64))
    above = len(second) - np.searchsorted(second, first, "right")
    equal = len(second) - np.searchsorted(second, first, "left") - above
    return float((above + equal / 2).mean() / len(second))


def halves(
    n: int, groups: Sequence[object] | None, rng: np.random.Generator, *, share: float = 0.5
) -> NDArray[np.bool_]:
    """Draw about a share of n images, whole groups together: boolean, shape (n,), neither all nor none if n > 1."""
    number = group_numbers(groups if groups is not None else [None] * n, n)
    if number.max(initial=0) == 0:  # one patient only
        number = np.arange(n)
    sizes = np.bincount(number)
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(sizes), bool)
    chosen[order[before < n * share]] = True
    if chosen.all():  # the last one is larger than all others together
        chosen[order[-1]] = False
    return chosen[number]


@dataclass(frozen=True, slots=True)
class _Beside:
    """Makes a metric of two samples, and the same of two halves of the second one."""

    groups: Sequence[object] | None
    seed: int
    rounds: int
    settings: dict[str, Any]

    def __call__(self, name: str, synthetic: Values, held_out: Values, statistic: _Statistic, better: Better) -> Metric:
        half = halves(len(held_out), self.groups, np.random.default_rng(self.seed))
        parts = (
            None if self.groups is None else [np.array(self.groups, object)[side].tolist() for side in (half, ~half)]
        )
        floor = self._metric(name, held_out[half], held_out[~half], statistic, better, *(parts or (None, None)))
        return self._metric(name, synthetic, held_out, statistic, better, None, self.groups).beside(floor)

    def _metric(
        self,
        name: str,
        a: Values,
        b: Values,
        statistic: _Statistic,
        better: Better,
        groups_a: Sequence[object] | None,
        groups_b: Sequence[object] | None,
    ) -> Metric:
        draws = zip(
            drawn_rows(len(a), groups=groups_a, seed=self.seed, rounds=self.rounds),
            drawn_rows(len(b), groups=groups_b, seed=self.seed + 1, rounds=self.rounds),
            strict=True,
        )
        found = [statistic(a[rows_a], b[rows_b]) for rows_a, rows_b in draws]
        more: dict[str, Any] = {**self.settings, "held_out": len(b), "unit_of_n": "images"}
        if statistic is chance_nearer:
            more["p_value"] = _mann_whitney(a, b)
        return Metric(name, statistic(a, b), _interval(found), len(a), more, better=better)


def _mann_whitney(a: Values, b: Values) -> float:
    from scipy import stats

    return float(stats.mannwhitneyu(a, b, alternative="less").pvalue)


def _interval(draws: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(np.asarray(draws, np.float64), [0.025, 0.975])
    return float(low), float(high)


def _shares_nearer(
    features: NDArray[Any], training: NDArray[Any], held_out: NDArray[Any], rng: np.random.Generator
) -> Values:
    """Return 1 for an image that is nearer to training, 0 for one nearer to held-out images, 1/2 for neither."""
    n = min(len(training), len(held_out))
    sides = [side[np.sort(rng.permutation(len(side))[:n])] for side in (training, held_out)]
    to_train, to_new = (nearest(features, side, 1)[0][:, 0] for side in sides)
    return np.asarray((to_train < to_new) + 0.5 * (to_train == to_new), np.float64)


def _median_ratio(a: Values, b: Values) -> float:
    return float(np.median(a) / max(float(np.median(b)), 1e-9))


def _median_of_first(a: Values, _: Values) -> float:
    return float(np.median(a))


def _high_of_first(a: Values, _: Values) -> float:
    return float(np.quantile(a, 0.95))
