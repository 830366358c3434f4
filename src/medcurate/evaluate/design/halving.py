"""Intervals from random halves of the images, or of the patients (half-samples; McCarthy, 1969).

For statistics of nearest neighbors, drawing images again with replacement is wrong: a copy is its own nearest neighbor
(Abadie and Imbens, 2008, show that the bootstrap fails there). Here the images are divided at random into halves; half
the difference between the two halves varies as the statistic of all images does. What a statistic gains or loses as
images get fewer is the same in both halves, and cancels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from medcurate.errors import UsageError
from medcurate.evaluate.design.bootstrap import LEVEL, group_numbers

SPLITS = 20
FOLDS = 32
"""Folds that halves are made of."""
_FEWEST = 6  # folds, and splits, that an interval can be told from


def fold_numbers(
    n: int, *, folds: int = FOLDS, groups: Sequence[object] | None = None, seed: int = 0
) -> NDArray[np.int64]:
    """Divide rows at random into folds of about one size.

    Parameters
    ----------
    n : int
    folds : int
        At most; there are no more than there are groups.
    groups : sequence, length n, optional
        What must stay together, such as the patient of each image; None within it stands alone.
    seed : int

    Returns
    -------
    ndarray of int64, shape (n,)
        Fold of each row, from 0.

    Raises
    ------
    UsageError
        A number is out of range, or `groups` has another length.
    """
    if n < 1 or folds < 2:
        raise UsageError(f"n, folds: expected 1 or more and 2 or more, received {n} and {folds}")
    number = np.arange(n) if groups is None else group_numbers(groups, n)
    sizes = np.bincount(number)
    held = np.zeros(min(folds, len(sizes)), np.int64)
    fold_of = np.empty(len(sizes), np.int64)
    for group in np.random.default_rng(seed).permutation(len(sizes)):
        fold_of[group] = held.argmin()
        held[fold_of[group]] += sizes[group]
    return fold_of[number]


def half_splits(folds: int, *, splits: int = SPLITS, seed: int = 0) -> NDArray[np.bool_]:
    """Choose half of the folds at random, several times.

    Returns
    -------
    ndarray of bool, shape (splits, folds)
        Which folds are in the first half; the others are the second. No split where there are too few folds.
    """
    if folds < _FEWEST:
        return np.zeros((0, folds), bool)
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(folds) < folds // 2 for _ in range(splits)])


def halving_interval(
    value: float, halves: ArrayLike, *, level: float = LEVEL, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> tuple[float, float] | None:
    """Return the interval of a statistic from its values for pairs of halves.

    Parameters
    ----------
    value : float
        Of all rows.
    halves : array_like, shape (splits, 2)
    level : float
        Of the interval, in (0, 1); by Student's distribution with splits - 1 degrees of freedom.
    bounds : tuple of float
        What the statistic cannot leave.

    Returns
    -------
    tuple of float or None
        None where too few splits, or a value that is not finite, tell nothing.
    """
    pairs = np.asarray(halves, np.float64).reshape(-1, 2)
    if len(pairs) < _FEWEST or not np.isfinite(pairs).all() or not np.isfinite(value):
        return None
    error = float(np.sqrt(np.square((pairs[:, 0] - pairs[:, 1]) / 2).mean()))
    half = error * float(student.ppf((1 + level) / 2, len(pairs) - 1))
    return max(bounds[0], value - half), min(bounds[1], value + half)
