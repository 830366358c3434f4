"""Which slices look like neighbors in one head: groups that grow by likeness, but never by a chain of look-alikes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Likeness(NamedTuple):
    """Pairs of rows that may show one head, e.g. neighboring slices.

    Attributes
    ----------
    row_a, row_b : ndarray of int64, shape (m,)
        Row numbers in the catalogue; the order within a pair and of the pairs does not matter.
    similarity : ndarray of float32, shape (m,)
        In [0, 1].
    """

    row_a: NDArray[np.int64]
    row_b: NDArray[np.int64]
    similarity: NDArray[np.float32]


def link(
    likeness: Likeness, group: NDArray[np.int64], plane: NDArray[np.uint64], known: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return nothing yet."""
    return np.empty(0, np.int64), np.empty(0, np.int64)
