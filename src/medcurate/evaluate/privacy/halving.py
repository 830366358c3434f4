"""Two halves of images without a patient in common: what chance does to any comparison of two sets of patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.design.bootstrap import group_numbers


def halves(
    n: int, groups: Sequence[object] | None, rng: np.random.Generator, *, share: float = 0.5
) -> NDArray[np.bool_]:
    """Draw about a share of n images, whole groups together.

    Parameters
    ----------
    n : int
    groups : sequence, length n, optional
        Patient of each image; None within it stands alone. A single group is divided all the same.
    rng : Generator
    share : float
        In (0, 1).

    Returns
    -------
    ndarray of bool, shape (n,)
        Neither all nor none, if n > 1.
    """
    number = group_numbers(groups if groups is not None else [None] * n, n)
    if number.max(initial=0) == 0:
        number = np.arange(n)
    sizes = np.bincount(number)
    order = rng.permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(sizes), bool)
    chosen[order[before < n * share]] = True
    if chosen.all():  # the last one is larger than all others together
        chosen[order[-1]] = False
    return chosen[number]
