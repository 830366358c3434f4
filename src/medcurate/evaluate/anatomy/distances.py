"""How far two distributions are apart, with the interval of both sides drawn again: Wasserstein, Kolmogorov-Smirnov.

A draw is a weight a row: how often it was drawn. So every round sorts nothing, and all measures share the draws.
A distance is never negative, and drawing again adds to it; so the interval is the basic one of the bootstrap,
which mirrors that shift (Davison and Hinkley, 1997), cut at 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.design.bootstrap import LEVEL, drawn_rows

Floats = NDArray[np.float64]
Weights = NDArray[np.uint16]


class Distance(NamedTuple):
    """A distance and its interval; NaN and None where one side has no values."""

    value: float
    interval: tuple[float, float] | None


def draws(n: int, *, groups: Sequence[object] | None, seed: int, rounds: int) -> Weights:
    """Return how often each of n rows is drawn in each round, shape (rounds, n); whole groups where they are given."""
    if not n:
        return np.zeros((rounds, 0), np.uint16)
    found = np.empty((rounds, n), np.uint16)
    for place, rows in enumerate(drawn_rows(n, groups=groups, seed=seed, rounds=rounds)):
        found[place] = np.bincount(rows, minlength=n)
    return found


def distribution_distances(
    real: ArrayLike, synthetic: ArrayLike, weights: tuple[Weights, Weights] | None = None
) -> dict[str, Distance]:
    """Return how far the values of two sets of images are apart.

    Parameters
    ----------
    real, synthetic : array_like, shape (n,) and (m,)
        NaN is left out.
    weights : tuple of ndarray, shape (rounds, n) and (rounds, m), optional
        As of `draws`; without them there is no interval.

    Returns
    -------
    dict of str to Distance
        ``wasserstein``, in standard deviations of the real values, and ``ks``, in [0, 1].
    """
    ours, theirs = np.asarray(real, np.float64), np.asarray(synthetic, np.float64)
    if ours.ndim != 1 or theirs.ndim != 1:
        raise UsageError(f"expected one value an image, received shapes {ours.shape} and {theirs.shape}")
    chosen = np.isfinite(ours), np.isfinite(theirs)
    ours, theirs = ours[chosen[0]], theirs[chosen[1]]
    if not ours.size or not theirs.size:
        return dict.fromkeys(("wasserstein", "ks"), Distance(float("nan"), None))
    gaps = _Gaps(ours, theirs)
    value = gaps.between(np.ones(ours.size), np.ones(theirs.size))
    if weights is None:
        return {name: Distance(number, None) for name, number in value.items()}
    rounds = [
        gaps.between(one, other)
        for one, other in zip(weights[0][:, chosen[0]], weights[1][:, chosen[1]], strict=True)
        if one.any() and other.any()
    ]
    return {
        name: Distance(number, basic_interval(number, [drawn[name] for drawn in rounds]))
        for name, number in value.items()
    }


def basic_interval(value: float, drawn: Sequence[float]) -> tuple[float, float] | None:
    """Return the basic bootstrap interval of a distance, from 0 on and holding the value; None without draws."""
    if not len(drawn):
        return None
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return max(0.0, min(value, float(2 * value - high))), max(value, float(2 * value - low))


class _Gaps:
    """Two samples, sorted once: the distance of their distribution functions under any weights."""

    def __init__(self, real: Floats, synthetic: Floats) -> None:
        every = np.concatenate([real, synthetic])
        self._order = np.argsort(every, kind="stable")
        self._n = real.size
        values = every[self._order]
        self._steps = np.diff(values)
        spread = float(real.std(ddof=1)) if real.size > 1 else 0.0
        self._spread = spread if spread > 0 else float("nan")

    def between(self, real: NDArray[np.generic], synthetic: NDArray[np.generic]) -> dict[str, float]:
        signed = np.concatenate([real / real.sum(), -(synthetic / synthetic.sum())])
        gap = np.abs(np.cumsum(signed[self._order]))[:-1]
        # Between equal values there is no gap: the steps are 0 there.
        apart = self._steps > 0
        return {
            "wasserstein": float(gap @ self._steps / self._spread),
            "ks": float(gap[apart].max()) if apart.any() else 0.0,
        }
