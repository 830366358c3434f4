"""Dice and Jaccard of two masks, from counts that add up over the slices of a patient."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Self

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many pixels two masks have, and have in common.

    Two overlaps can be added: the Dice of the sum is that of the pixels of both pairs together, as in a volume whose
    slices came one by one.

    Attributes
    ----------
    common, found, expected : int
        Pixels in both, in the first, in the second.
    """

    common: int
    found: int
    expected: int

    def __add__(self, other: Self) -> Overlap:
        return Overlap(self.common + other.common, self.found + other.found, self.expected + other.expected)

    @property
    def dice(self) -> float:
        """Twice the common pixels over the pixels of both (Dice, 1945), in [0, 1]; NaN where both are empty."""
        total = self.found + self.expected
        return 2 * self.common / total if total else nan

    @property
    def jaccard(self) -> float:
        """Common pixels over those of the union (Jaccard, 1912), in [0, 1]; NaN where both are empty."""
        union = self.found + self.expected - self.common
        return self.common / union if union else nan


def overlap(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> Overlap:
    """Count the pixels of two masks and those they have in common.

    Parameters
    ----------
    found, expected : ndarray of bool, of one shape
        In any number of dimensions.

    Raises
    ------
    UsageError
        Their shapes differ, or they are not boolean.
    """
    check_masks(found, expected)
    common = int(np.count_nonzero(found & expected))
    return Overlap(common, int(np.count_nonzero(found)), int(np.count_nonzero(expected)))


def check_masks(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> None:
    """Refuse masks that cannot be compared.

    Raises
    ------
    UsageError
        Their shapes differ, or they are not boolean.
    """
    if found.shape != expected.shape:
        raise UsageError(f"masks: expected two of one shape, received {found.shape} and {expected.shape}")
    if found.dtype != np.bool_ or expected.dtype != np.bool_:
        raise UsageError(
            f"masks: expected bool, received {found.dtype} and {expected.dtype}; choose the labels of a region first"
        )
