"""Intervals from random halves of the images, or of the patients (half-samples; McCarthy, 1969).

For statistics of nearest neighbors, drawing images again with replacement is wrong: a copy is its own nearest neighbor
(Abadie and Imbens, 2008, show that the bootstrap fails there). Here the images are divided at random into halves; half
the difference between the two halves varies as the statistic of all images does. The bias of a statistic for fewer
images is the same in both halves, and cancels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from medcurate.evaluate.design.bootstrap import LEVEL
from medcurate.evaluate.design.folds import FEWEST


def halving_interval(
    value: float, halves: ArrayLike, *, level: float = LEVEL, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> tuple[float, float] | None:
    """Return the interval of a statistic from its values for pairs of halves.

    Parameters
    ----------
    value : float
        The statistic of all rows.
    halves : array_like, shape (splits, 2)
    level : float
        Coverage of the interval, in (0, 1), by Student's distribution with splits - 1 degrees of freedom.
    bounds : tuple of float
        Smallest and largest value of the statistic.

    Returns
    -------
    tuple of float or None
        None if there are too few splits or a value is not finite.
    """
    pairs = np.asarray(halves, np.float64).reshape(-1, 2)
    if len(pairs) < FEWEST or not np.isfinite(pairs).all() or not np.isfinite(value):
        return None
    error = float(np.sqrt(np.square((pairs[:, 0] - pairs[:, 1]) / 2).mean()))
    half = error * float(student.ppf((1 + level) / 2, len(pairs) - 1))
    return max(bounds[0], value - half), min(bounds[1], value + half)
