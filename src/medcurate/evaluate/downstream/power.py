"""Power: which gain a comparison of two training sets could have detected, and how many held-out images it needs.

The comparison is simulated with its own outcomes (Efron and Tibshirani, 1993, chapter 25). Each simulated experiment
draws held-out patients with replacement from those that were tested, both classifiers' answers together, and new
effects of the trainings, and applies the test of `resampling` to a change whose true value is known. The smallest
gain whose addition makes most experiments significant is the answer.

The test is the pigeonhole bootstrap. For a mean over patients and trainings its variance has a closed form (Owen,
2007, https://doi.org/10.1214/07-AOAS122), so that the simulation needs no second level of draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.downstream.resampling import Floats
from medcurate.evaluate.downstream.scores import confusions

POWER = 0.8
"""Share of comparisons that would find the gain."""
METHOD = "simulated from the paired answers, patients drawn again (Efron and Tibshirani, 1993, chapter 25)"
_MOST = 10_000_000  # patients; a comparison that would need more has no answer


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the mean recall of the classes, by patient and training.

    Attributes
    ----------
    by_group : ndarray of float64, shape (groups, repeats)
        Influence of each patient on the change of each training: the mean over the patients is the change.
    effective : float
        Number of images that would give the same variance if all classes had equally many.
    differing : int
        Patients of whom an answer is right in one set and wrong in the other, in some training.
    """

    by_group: Floats
    effective: float
    differing: int

    @classmethod
    def between(
        cls,
        truth: NDArray[np.integer],
        before: NDArray[np.floating],
        after: NDArray[np.floating],
        groups: NDArray[np.integer],
    ) -> Change:
        """Compare the answers of two training sets about the same held-out images.

        Parameters
        ----------
        truth, groups : ndarray of int, shape (n,)
            Class and patient of each image, from 0.
        before, after : ndarray, shape (repeats, n, classes)
            Probabilities.
        """
        counts = [np.asarray(confusions(truth, one, groups)) for one in (before, after)]
        held = counts[0][:, 0].sum(axis=-1)  # images of each patient and class
        total = held.sum(axis=0)
        present = total > 0
        gained = np.diagonal(counts[1] - counts[0], axis1=-2, axis2=-1)[..., present]
        recall = gained.sum(axis=0) / total[present]
        weights = len(held) / (present.sum() * total[present])
        off = gained - recall * held[:, None, present]
        effective = float(present.sum() ** 2 / (1 / total[present]).sum())
        differing = int((gained != 0).any(axis=(1, 2)).sum())
        return cls(recall.mean(axis=-1) + off @ weights, effective, differing)


@dataclass(frozen=True, slots=True)
class Spread:
    """Variance components of a change (crossed random effects; Searle, Casella and McCulloch, 1992, chapter 5).

    Attributes
    ----------
    groups, trainings, both : float
        Variance of a patient's effect, of a training's effect, and of what is left of one patient in one training.
    """

    groups: float
    trainings: float
    both: float

    @classmethod
    def of(cls, by_group: Floats) -> Spread:
        """Estimate them without bias, and not below zero; one training has no effect that could be told apart."""
        n, repeats = by_group.shape
        rows, columns = by_group.mean(axis=1), by_group.mean(axis=0)
        of_rows = float(rows.var(ddof=1)) if n > 1 else 0.0
        if repeats < 2 or n < 2:
            return cls(of_rows, 0.0, 0.0)
        left = by_group - rows[:, None] - columns + by_group.mean()
        both = float(np.square(left).sum()) / ((n - 1) * (repeats - 1))
        return cls(
            max(0.0, of_rows - both / repeats), max(0.0, float(columns.var(ddof=1)) - both / n), both
        )  # fmt: skip

    def detectable(self, n: float, repeats: int, images: float, level: float) -> float:
        """Return the detectable gain of so many patients, trainings and images by the normal distribution."""
        true = self.groups / n + self.trainings / repeats + self.both / (n * repeats)
        # The bootstrap counts what is left three times and misses one training of its few (Owen, 2007).
        tested = self.groups / n + self.trainings * (repeats - 1) / repeats**2 + 3 * self.both / (n * repeats)
        normal = NormalDist()
        z_test, z_power = normal.inv_cdf(1 - level / 2), normal.inv_cdf(POWER)

        def shown(gain: float) -> bool:
            added = gain * (1 - gain) / images
            return z_test * math.sqrt(tested + added) + z_power * math.sqrt(true + added) <= gain

        return _smallest(shown)


def detectable_gain(change: Change, counts: Floats | NDArray[np.float32], *, level: float, seed: int) -> float:
    """Return the smallest true gain that `POWER` of such comparisons, or more of them, would call significant.

    A gain of g turns a share g of the images from wrong to right in every training, and these come on top of the images
    that are already answered differently. So two sets with equal answers do not seem to have shown that no gain exists;
    a gain that only some trainings have varies less, and is found more often. For independent images and one training
    this is the power of McNemar's test (Connor, 1987, https://doi.org/10.2307/2531961).

    Parameters
    ----------
    counts : ndarray, shape (rounds, groups)
        How often each simulated experiment draws each patient, as in `Draws.groups`.
    level : float
        Two-sided level of the test, such as 0.05, or less where several gains are tested.

    Returns
    -------
    float
        A difference of balanced accuracies, in (0, 1]; 1 where not even that could be detected.
    """
    rng = np.random.default_rng((seed, 8))
    off, variance = _experiments(change.by_group, np.asarray(counts, np.float64), rng)
    noise = rng.normal(0, 1, len(counts))
    z_test = NormalDist().inv_cdf(1 - level / 2)

    def shown(gain: float) -> bool:
        added = gain * (1 - gain) / change.effective
        lower_ends = gain + off + noise * math.sqrt(added) - z_test * np.sqrt(variance + added)
        return bool((lower_ends > 0).mean() >= POWER)

    return _smallest(shown)


def groups_enough(change: Change, gain: float, *, level: float) -> int | None:
    """Return how many patients would make a gain detectable, with as many trainings.

    Returns
    -------
    int or None
        None where no number does, as the trainings differ too much: more of them are needed.
    """
    spread, (groups, repeats) = Spread.of(change.by_group), change.by_group.shape
    images = change.effective / groups

    def enough(n: int) -> bool:
        return spread.detectable(n, repeats, n * images, level) <= gain

    if not enough(_MOST):
        return None
    low, high = 0, _MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _smallest(shown: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def _experiments(by_group: Floats, drawn: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Simulate experiments in which there is no change.

    Returns
    -------
    found, variance : ndarray of float64, shape (rounds,)
        The change that each finds, and its variance by the bootstrap.
    """
    n, repeats = by_group.shape
    # Unbiased: drawing with replacement from n patients has (n - 1) / n of their variance.
    off = (by_group - by_group.mean(axis=0)) * math.sqrt(n / max(1, n - 1))
    new = rng.normal(0, math.sqrt(Spread.of(by_group).trainings), (len(drawn), repeats))
    rows = off.mean(axis=1)
    means = drawn @ off / n
    row_squares, squares = drawn @ np.square(rows), drawn @ np.square(off).sum(axis=1)
    change = means.mean(axis=1)
    of_rows = row_squares - n * np.square(change)
    of_columns = np.square(means + new - (means + new).mean(axis=1, keepdims=True)).sum(axis=1)
    left = squares - repeats * row_squares - n * np.square(means).sum(axis=1) + n * repeats * np.square(change)
    variance = of_rows / n**2 + of_columns / repeats**2 + left / (n * repeats) ** 2
    return np.asarray(change + new.mean(axis=1)), np.maximum(variance, 0)
