"""Bootstrap intervals over images or patients (Efron, 1979); the same seed gives the same interval."""

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

    To compare two methods on the same images, use a statistic of both (a paired bootstrap).

    Parameters
    ----------
    statistic : callable
        Takes row numbers, which may repeat, and returns a number, or NaN if it is undefined for these rows.
    n : int
        Number of images.
    groups : sequence, length n, optional
        Patient of each image: whole patients are drawn. An image with None stands alone.
    rounds : int
        Draws.
    level : float
        Coverage of the interval, in (0, 1).

    Returns
    -------
    tuple of float
        Lower and upper end; NaN if the statistic is NaN in more than half of the draws.

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
    """Yield row numbers drawn with replacement, whole groups if they are given; see `bootstrap_interval`.

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
