"""Intervals by leaving out a part of the images, or of the patients, at a time (the delete-a-group jackknife).

For statistics of nearest neighbors, drawing images again with replacement is wrong: a copy is its own nearest neighbor
(Abadie and Imbens, 2008, show that the bootstrap fails there). Leaving out is not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from medcurate.errors import UsageError
from medcurate.evaluate.bootstrap import LEVEL, group_numbers

FOLDS = 20
_FEWEST = 5  # folds that an interval can be told from


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


def jackknife_interval(
    value: float,
    left_out: ArrayLike,
    *,
    level: float = LEVEL,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[float, float] | None:
    """Return the interval of a statistic from its values without each fold.

    Parameters
    ----------
    value : float
        Of all rows.
    left_out : array_like, shape (folds,)
    level : float
        Of the interval, in (0, 1); by Student's distribution with folds - 1 degrees of freedom.
    bounds : tuple of float
        What the statistic cannot leave.

    Returns
    -------
    tuple of float or None
        None where fewer than five folds, or a value that is not finite, tell nothing.
    """
    found = np.asarray(left_out, np.float64)
    count = len(found)
    if count < _FEWEST or not np.isfinite(found).all() or not np.isfinite(value):
        return None
    error = float(np.sqrt((count - 1) * found.var()))
    half = error * float(student.ppf((1 + level) / 2, count - 1))
    return max(bounds[0], value - half), min(bounds[1], value + half)
