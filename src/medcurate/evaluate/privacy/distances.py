"""Compare the distances of synthetic images to training images with those of new patients.

Every metric is compared with the same for held-out real images: a distance to the training images means nothing alone.
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
from medcurate.evaluate.design.bootstrap import drawn_rows
from medcurate.evaluate.design.folds import random_share
from medcurate.evaluate.neighbors import nearest
from medcurate.results import Better, Metric

ROUNDS = 500
HALVINGS = 40
"""Draws of two halves of the held-out patients."""
LEAST = 10
"""Smallest number of images per side."""
_MOST = 2000  # images a side in one draw
_DRAWS = "2.5 % to 97.5 % of the draws"

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
    synthetic_groups: Sequence[object] | None = None,
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
    groups, synthetic_groups : sequence, optional
        Patient of each held-out image, and of each synthetic one that was drawn from a patient's image: whole patients
        are drawn again for the intervals.
    settings : dict, optional
        What else is to be recorded.

    Returns
    -------
    tuple of Metric
        Each with the same between two halves of the held-out patients, mean and spread of several draws.
    """
    if min(len(synthetic.first), len(held_out.first)) < LEAST:
        received = f"{len(synthetic.first)} synthetic and {len(held_out.first)} held-out images"
        raise UsageError(f"expected at least {LEAST} images on each side, received {received}")
    measure = _WithBaseline(groups, synthetic_groups, seed, rounds, settings or {})
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
    training_groups: Sequence[object] | None = None,
    synthetic_groups: Sequence[object] | None = None,
    seed: int = 0,
    halvings: int = HALVINGS,
    settings: dict[str, Any] | None = None,
) -> Metric:
    """Return the share of images that are nearer to training than to held-out images, drawn to be equally many.

    A generator that has not memorized its training images is as near to one as to the other: 0.5. Ties count half.
    Value and interval are the mean and the middle 95 % of draws: half of the held-out patients each time, training
    patients with as many images, and, for the interval, `features` drawn with replacement. For the real-against-real
    value the other half of the held-out patients takes the place of `features`.

    Parameters
    ----------
    features, training, held_out : array_like, shape (n, d), (m, d), (k, d)
    groups, training_groups, synthetic_groups : sequence, length k, m and n, optional
        Patient of each held-out and training image, and of each of `features` that was drawn from a patient's image.
    halvings : int
        Draws.
    """
    images, real, new = np.asarray(features), np.asarray(training), np.asarray(held_out)
    shares: list[tuple[float, float]] = []
    again: list[float] = []
    for draw in range(halvings):
        rng = np.random.default_rng((seed, draw))
        half = random_share(len(new), groups=groups, seed=rng)
        n = min(int(half.sum()), len(real) - 1, _MOST)
        drawn = random_share(len(real), groups=training_groups, share=n / len(real), seed=rng)
        references = [_some(rows, n, rng) for rows in (np.flatnonzero(drawn), np.flatnonzero(half))]
        chosen = _some(np.arange(len(images)), _MOST, rng)
        queries = np.concatenate([images[chosen], new[_some(np.flatnonzero(~half), _MOST, rng)]])
        nearer = _nearer(queries, real[references[0]], new[references[1]])
        own, other = nearer[: len(chosen)], nearer[len(chosen) :]
        shares.append((float(own.mean()), float(other.mean())))
        patients = None if synthetic_groups is None else [synthetic_groups[row] for row in chosen.tolist()]
        again.append(float(own[next(drawn_rows(len(own), groups=patients, seed=seed + draw, rounds=1))].mean()))
    more = {**(settings or {}), "chance": 0.5, "halvings": halvings, "interval": _DRAWS, "unit_of_n": "images"}
    of_images, of_new = zip(*shares, strict=True)
    made, baseline = (
        Metric("privacy/closer_to_training", float(np.mean(values)), _interval(draws), n, more, better="lower")
        for values, draws, n in ((of_images, again, len(images)), (of_new, of_new, len(new)))
    )
    return made.with_baseline(baseline)


def authenticity(
    synthetic: ToTraining,
    held_out: ToTraining,
    training: ArrayLike,
    *,
    groups: Sequence[object] | None = None,
    synthetic_groups: Sequence[object] | None = None,
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
    groups, synthetic_groups : sequence, optional
        See `distance_metrics`.
    """
    spacing = nearest(training, training, 1, skip_self=True)[0][:, 0]
    made = []
    for side, patients in ((synthetic, synthetic_groups), (held_out, groups)):
        authentic = side.first > spacing[side.row]
        drawn = drawn_rows(len(authentic), groups=patients, seed=seed, rounds=rounds)
        draws = [float(authentic[rows].mean()) for rows in drawn]
        more = {**(settings or {}), "unit_of_n": "images"}
        made.append(
            Metric(
                "privacy/authenticity", float(authentic.mean()), _interval(draws), len(authentic), more, better="near"
            )
        )
    return made[0].with_baseline(made[1])


def chance_nearer(a: ArrayLike, b: ArrayLike) -> float:
    """Return the chance that a value of `a` is less than one of `b`; ties count half."""
    first, second = np.asarray(a, np.float64), np.sort(np.asarray(b, np.float64))
    above = len(second) - np.searchsorted(second, first, "right")
    equal = len(second) - np.searchsorted(second, first, "left") - above
    return float((above + equal / 2).mean() / len(second))


@dataclass(frozen=True, slots=True)
class _WithBaseline:
    """Makes a metric of two samples, and the same of halves of the second one."""

    groups: Sequence[object] | None
    synthetic_groups: Sequence[object] | None
    seed: int
    rounds: int
    settings: dict[str, Any]

    def __call__(self, name: str, synthetic: Values, held_out: Values, statistic: _Statistic, better: Better) -> Metric:
        draws = zip(
            drawn_rows(len(synthetic), groups=self.synthetic_groups, seed=self.seed, rounds=self.rounds),
            drawn_rows(len(held_out), groups=self.groups, seed=self.seed + 1, rounds=self.rounds),
            strict=True,
        )
        found = [statistic(synthetic[a], held_out[b]) for a, b in draws]
        more: dict[str, Any] = {**self.settings, "held_out": len(held_out), "unit_of_n": "images"}
        if statistic is chance_nearer:
            more["p_value"] = _mann_whitney(synthetic, held_out)
        made = Metric(name, statistic(synthetic, held_out), _interval(found), len(synthetic), more, better=better)
        return made.with_baseline(self._baseline(name, held_out, statistic, better))

    def _baseline(self, name: str, held_out: Values, statistic: _Statistic, better: Better) -> Metric:
        found = []
        for draw in range(HALVINGS):
            half = random_share(len(held_out), groups=self.groups, seed=np.random.default_rng((self.seed, draw)))
            found.append(statistic(held_out[half], held_out[~half]))
        more = {**self.settings, "halvings": HALVINGS, "interval": _DRAWS, "unit_of_n": "images"}
        return Metric(name, float(np.mean(found)), _interval(found), len(held_out), more, better=better)


def _mann_whitney(a: Values, b: Values) -> float:
    from scipy import stats

    return float(stats.mannwhitneyu(a, b, alternative="less").pvalue)


def _interval(draws: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(np.asarray(draws, np.float64), [0.025, 0.975])
    return float(low), float(high)


def _nearer(features: NDArray[Any], training: NDArray[Any], held_out: NDArray[Any]) -> Values:
    """Return 1 for an image that is nearer to training, 0 for one nearer to held-out images, 1/2 for neither."""
    to_train, to_new = (nearest(features, side, 1)[0][:, 0] for side in (training, held_out))
    return np.asarray((to_train < to_new) + 0.5 * (to_train == to_new), np.float64)


def _some(rows: NDArray[np.int64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `n` of the rows, or all if they are fewer."""
    return np.sort(rng.permutation(rows)[:n])


def _median_ratio(a: Values, b: Values) -> float:
    return float(np.median(a) / max(float(np.median(b)), 1e-9))


def _median_of_first(a: Values, _: Values) -> float:
    return float(np.median(a))


def _high_of_first(a: Values, _: Values) -> float:
    return float(np.quantile(a, 0.95))
