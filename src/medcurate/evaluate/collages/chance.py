"""How probable it is that images which know nothing of the training repeat so much of it.

Two tests, each with a stated rate of false alarms:

- *Which patients are repeated.* Generated images are searched among training and held-out images alike. For whoever has
  not seen the training images, the two are exchangeable: which patient was held out is drawn again at random, and the
  windows that then repeat a "training" patient are counted (a permutation test; exact whatever the generated images
  are, noisy, blurred or of few patients).
- *How much is repeated.* A new patient repeats the training images as much as a held-out one does: with n held-out
  patients, the chance that one repeats more than all of them is 1 / (1 + n).

The first finds many patients with little of each, the second much of a few patients.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.floor import Floor
from medcurate.results import Enough

DRAWS = 4000
RULE = "as many images as, each repeating a training patient of its own, could not all do so by chance"

_Counts = NDArray[np.int64]


def chance_of_training(
    counts: _Counts, images: _Counts, training: NDArray[np.bool_], *, seed: int = 0, draws: int = DRAWS
) -> float:
    """Return the probability that so many repeated windows are of training patients by chance.

    Parameters
    ----------
    counts : ndarray of int64, shape (patients,)
        Windows of generated images that repeat a window of this patient.
    images : ndarray of int64, shape (patients,)
        Real images of each: patients are exchanged only with those who have about as many (within a factor of two).
    training : ndarray of bool, shape (patients,)
    draws : int
        The smallest probability is 1 / (1 + draws).
    """
    rng = np.random.default_rng(seed)
    total = np.zeros(draws, np.int64)
    classes = np.log2(np.maximum(images, 1)).astype(np.int64)
    for size in np.unique(classes):
        inside = classes == size
        label, count = training[inside], counts[inside]
        if count.any():
            total += rng.permuted(np.tile(label, (draws, 1)), axis=1) @ count
    return float((1 + np.sum(total >= counts[training].sum())) / (1 + draws))


def chance_of_share(share: float, of_patients: NDArray[np.float64]) -> float:
    """Return the probability that a new patient repeats as much, by the shares of the held-out patients."""
    return float((1 + np.sum(of_patients >= share)) / (1 + len(of_patients)))


def chance_of_both(first: float, second: float) -> float:
    """Return the probability that either test is as clear by chance (Bonferroni)."""
    return min(1.0, 2 * min(first, second))


def floor(training: int, held_out: int, images: int, rate: float) -> Floor:
    """Say whether so few images could have repeated training patients beyond chance.

    Parameters
    ----------
    training, held_out : int
        Patients.
    images : int
        Generated ones.
    rate : float
        False alarms.
    """
    enough = images_needed(training, held_out, rate / 2)
    if enough is None:
        patients = next(n for n in range(1, 10_000) if 1 / comb(max(training, 2) + n, n) <= rate / 2)
        wanted = Enough(max(patients, images), patients, RULE)
        return Floor(
            f"{held_out:,} held-out patients cannot show that {training:,} training patients are preferred", wanted
        )
    if images < enough:
        why = f"{images:,} synthetic images could repeat that many training patients by chance"
        return Floor(why, Enough(enough, None, RULE))
    return Floor()


def images_needed(training: int, held_out: int, rate: float) -> int | None:
    """Return how many patients have to be repeated, all of them training patients, for a chance below `rate`."""
    everyone = training + held_out
    return next((n for n in range(1, training + 1) if comb(training, n) <= rate * comb(everyone, n)), None)
