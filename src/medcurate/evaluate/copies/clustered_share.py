"""The share of images of which something holds, where images of one patient are like each other.

The exact interval of Clopper and Pearson (1934), in which the number of images is replaced by the number of independent
images that would give the same variance (Korn and Graubard, Confidence intervals for proportions with small expected
number of positive counts estimated from survey data, 1998). It is wide where there are few patients, also if none or
all of the images count: there, a bootstrap has no width at all.

A variance that few patients decide is hardly known. So if only h patients have hits, at most h + 1 images per patient
count as independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.folds import group_numbers


@dataclass(frozen=True, slots=True)
class ClusteredShare:
    """A share and its 95 % interval.

    Attributes
    ----------
    value : float
        In [0, 1]; 0 where there are no images.
    n, patients : int
        Number of images, and of their patients.
    independent : float
        Number of independent images that are worth as much.
    """

    value: float
    interval: tuple[float, float]
    n: int
    patients: int
    independent: float

    def beyond(self, floor: ClusteredShare) -> bool:
        """Say whether the share is surely larger than another one: their intervals do not overlap."""
        return self.interval[0] > floor.interval[1]


def clustered_share(hits: NDArray[np.bool_], groups: Sequence[object] | None = None) -> ClusteredShare:
    """Return the share of hits, and its interval.

    Parameters
    ----------
    hits : ndarray of bool, shape (n,)
    groups : sequence, length n, optional
        Patient of each image; an image with None stands alone.
    """
    from scipy import stats

    n = len(hits)
    if not n:
        return ClusteredShare(0.0, (0.0, 1.0), 0, 0, 0.0)
    number = group_numbers([None] * n if groups is None else groups, n)
    share, patients = float(hits.mean()), int(number.max()) + 1
    independent = _independent(hits, number, share, patients)
    count = share * independent
    low = float(stats.beta.ppf(0.025, count, independent - count + 1)) if count > 0 else 0.0
    high = float(stats.beta.ppf(0.975, count + 1, independent - count)) if share < 1 else 1.0
    return ClusteredShare(share, (low, high), n, patients, independent)


def _independent(hits: NDArray[np.bool_], number: NDArray[np.int64], share: float, patients: int) -> float:
    n = len(hits)
    if patients == n:
        return float(n)
    if share in (0.0, 1.0) or patients < 2:
        return float(patients)
    of_patient = np.bincount(number, hits - share)
    variance = float(np.square(of_patient).sum()) * patients / (patients - 1) / n**2
    estimated = share * (1 - share) / variance if variance > 0 else float(n)
    with_hits = len(np.unique(number[hits]))
    return min(n, estimated, patients * (with_hits + 1))
