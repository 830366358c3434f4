"""From which likeness on an image is taken for a copy: images of patients not seen in training decide.

They are as unlike the training images as new patients are, so that the share of them above a limit is the share of
false alarms (split conformal prediction; Bates et al., Testing for outliers with conformal p-values, 2023). Nothing is
assumed about the shape of their distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.bootstrap import group_numbers

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Limit:
    """A likeness beyond which an image is taken for a copy.

    Attributes
    ----------
    value : float
    rank : int
        How many held-out images reach it.
    n : int
        Held-out images.
    """

    value: float
    rank: int
    n: int

    @property
    def rate(self) -> float:
        """Upper bound of the chance that a new image of an unseen patient is beyond the limit."""
        return self.rank / (self.n + 1)

    def chance(self, flagged: int, n: int) -> float:
        """Return the probability that false alarms alone give so many of `n` images, or more.

        The share of new images beyond the limit has a beta distribution, whatever theirs is; so the count is
        beta-binomial. Images are taken as independent of each other.
        """
        from scipy import stats

        return float(stats.betabinom.sf(flagged - 1, n, self.rank, self.n + 1 - self.rank)) if flagged else 1.0


def limit(held_out: ArrayLike, rate: float) -> Limit:
    """Return the lowest limit beyond which at most a share `rate` of new images is expected.

    With too few images for that (fewer than 1 / `rate` - 1) it is the largest value there is, see `Limit.rate`.

    Parameters
    ----------
    held_out : array_like, shape (n,)
        Likeness of images of patients not seen in training to their closest training image.
    rate : float

    Raises
    ------
    UsageError
        There is no image.
    """
    values = np.sort(np.asarray(held_out, np.float64))
    if values.ndim != 1 or not len(values):
        raise UsageError(f"expected the likeness of at least one held-out image, received shape {values.shape}")
    rank = min(len(values), max(1, int(rate * (len(values) + 1) + 1e-9)))
    return Limit(float(values[-rank]), rank, len(values))


def measured_false_alarms(
    held_out: ArrayLike, rate: float, *, groups: Sequence[object] | None = None, seed: int = 0
) -> NDArray[np.bool_]:
    """Say of each held-out image whether it is taken for a copy, by a limit that other patients have set.

    Parameters
    ----------
    held_out : array_like, shape (n,)
    rate : float
    groups : sequence, length n, optional
        Patient of each image.
    seed : int
        Of the division of the patients into five parts.

    Returns
    -------
    ndarray of bool, shape (n,)
        Empty where there are fewer than two patients.
    """
    values = np.asarray(held_out, np.float64)
    number = group_numbers(groups if groups is not None else [None] * len(values), len(values))
    patients = int(number.max()) + 1 if len(values) else 0
    if patients < 2:
        return np.empty(0, bool)
    order = np.random.default_rng(seed).permutation(patients)
    fold = np.empty(patients, np.int64)
    fold[order] = np.arange(patients) % min(_FOLDS, patients)
    flagged = np.zeros(len(values), bool)
    for part in range(min(_FOLDS, patients)):
        here = fold[number] == part
        flagged[here] = values[here] > limit(values[~here], rate).value
    return flagged


def share_interval(count: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927)."""
    from scipy import stats

    if not n:
        return 0.0, 1.0
    found = stats.binomtest(count, n).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
