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
from medcurate.evaluate.design.folds import random_share

DRAWS = 200
"""Draws of two halves of the held-out patients."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A likeness beyond which an image is taken for a copy.

    Attributes
    ----------
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
        beta-binomial. Images are taken as independent of each other: where several are of one patient, see
        `false_alarm_draws`.
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


def false_alarm_draws(
    held_out: ArrayLike, rate: float, *, groups: Sequence[object] | None = None, seed: int = 0, draws: int = DRAWS
) -> NDArray[np.float64]:
    """Measure false alarms again and again: half of the patients set the limit, the other half is judged by it.

    Images of one patient are like each other, so that the shares differ more from draw to draw than those of
    independent images would: this is how many false alarms a set of new patients may give by chance.

    Parameters
    ----------
    held_out : array_like, shape (n,)
    groups : sequence, length n, optional
        Patient of each image.

    Returns
    -------
    ndarray of float64, shape (draws,)
        Share of the images of the other half that is taken for copies; empty where there are fewer than two images.
    """
    values = np.asarray(held_out, np.float64)
    if len(values) < 2:
        return np.empty(0)
    found = np.empty(draws)
    for draw in range(draws):
        half = random_share(len(values), groups=groups, seed=np.random.default_rng((seed, draw)))
        found[draw] = (values[~half] > limit(values[half], rate).value).mean()
    return found
