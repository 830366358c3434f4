"""Intervals and tests from drawing again both the held-out patients and the trainings.

A figure depends on who is in the test set and on which images happened to train: both are drawn again, independently
of each other (the pigeonhole bootstrap, Owen 2007, https://doi.org/10.1214/07-AOAS122; it errs on the wide side). Two
training sets are compared on the same draws: a paired bootstrap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL = 0.95
_BLOCK = 256  # draws that are worked on at a time


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """How often each group and each training is drawn.

    Attributes
    ----------
    groups : ndarray of float32, shape (rounds, groups)
    repeats : ndarray of float64, shape (rounds, repeats)
        Sums to 1 in each round.
    """

    groups: NDArray[np.float32]
    repeats: Floats

    def confusions(self, by_group: Floats) -> Floats:
        """Return the confusion matrices of each draw, shape (rounds, repeats, classes, classes)."""
        groups = by_group.shape[0]
        flat = by_group.reshape(groups, -1).astype(np.float32)
        found = [self.groups[at : at + _BLOCK] @ flat for at in range(0, len(self.groups), _BLOCK)]
        return np.concatenate(found).reshape(-1, *by_group.shape[1:]).astype(np.float64)

    def mean(self, values: Floats) -> Floats:
        """Return the mean over the trainings of each draw; values have the shape (rounds, repeats, ...)."""
        return np.asarray(np.einsum("br,br...->b...", self.repeats, values), np.float64)


def draw_again(groups: int, repeats: int, *, rounds: int, seed: int) -> Draws:
    """Draw groups and trainings with replacement.

    Parameters
    ----------
    groups, repeats : int
        How many there are.
    """
    rng = np.random.default_rng((seed, 6))
    counts = np.empty((rounds, groups), np.float32)
    for row in range(rounds):
        counts[row] = np.bincount(rng.integers(0, groups, groups), minlength=groups)
    chosen = rng.multinomial(repeats, np.full(repeats, 1 / repeats), rounds)
    return Draws(counts, chosen / repeats)


def interval(drawn: Floats) -> tuple[float, float]:
    """Return the percentile interval of drawn values; NaN where more than half of them are."""
    known = drawn[~np.isnan(drawn)]
    if 2 * len(known) < len(drawn):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def p_value(drawn: Floats) -> float:
    """Return the two-sided p value of "no difference", in (0, 1], from drawn differences.

    It is below 0.05 just where the 95 % percentile interval leaves out zero.
    """
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (1 + tail) / (1 + len(drawn)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for their number (Holm, 1979), in the same order."""
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty(len(p))
    found[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in found]
