"""Intervals by drawing the images, or the patients, again (Efron, 1979); by the seed, the same every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.design.folds import group_numbers

ROUNDS = 1000
LEVEL = 0.95


def bootstrap_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    n: int,
    *,
    groups: Sequence[object] | None = None,
    seed: int = 0,
    rounds: int = ROUNDS,
    level: float = LEVEL,
) -> tuple[float, float]:
    """Return the percentile interval of a statistic of n images.

    Two methods on the same images are compared by a statistic that looks at both (a paired bootstrap).

    Parameters
    ----------
    statistic : callable
        Takes row numbers, some of them several times, and returns a number; NaN where these rows do not allow one.
    n : int
        Images there are.
    groups : sequence, length n, optional
        What must be drawn together, such as the patient of each image; None within it stands alone.
    seed : int
    rounds : int
        Draws.
    level : float
        Of the interval, in (0, 1).

    Returns
    -------
    tuple of float
        Lower and upper end; NaN where more than half of the draws gave no number.

    Raises
    ------
    UsageError
        A number is out of range, or `groups` has another length.
    """
    if rounds < 2 or not 0 < level < 1:
        raise UsageError(f"rounds, level: expected 2 or more and a share in (0, 1), received {rounds}, {level}")
    found = np.array([statistic(rows) for rows in drawn_rows(n, groups=groups, seed=seed, rounds=rounds)], np.float64)
    if np.isnan(found).mean() > 0.5:
        return float("nan"), float("nan")
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def drawn_rows(
    n: int, *, groups: Sequence[object] | None = None, seed: int = 0, rounds: int = ROUNDS
) -> Iterator[NDArray[np.int64]]:
    """Yield row numbers drawn with replacement, whole groups where they are given; see `bootstrap_interval`.

    Raises
    ------
    UsageError
        There are no rows, or `groups` has another length.
    """
    if n < 1:
        raise UsageError(f"n: expected 1 or more images to draw from, received {n}")
    rng = np.random.default_rng(seed)
    if groups is None:
        for _ in range(rounds):
            yield rng.integers(0, n, n)
        return
    number = group_numbers(groups, n)
    members = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    for _ in range(rounds):
        yield np.concatenate([members[one] for one in rng.integers(0, len(members), len(members))])
