"""Kernel distance: the squared maximum mean discrepancy of a cubic kernel (Bińkowski et al., 2018).

Other implementations average over random subsets of 1,000 images to save memory. Here all pairs are summed block by
block: the expectation is the same, and the variance smaller.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.neighbors import checked
from medcurate.results import Metric

_DEFAULTS = Context()
_BLOCK = 1024

Table = NDArray[np.float64]


def kernel_distance(real: ArrayLike, generated: ArrayLike, *, context: Context = _DEFAULTS) -> Metric:
    """Measure the unbiased kernel distance, with the kernel ``(x y / d + 1)^3``.

    Parameters
    ----------
    real, generated : array_like, shape (n, d) and (m, d)
        At least two rows each.

    Returns
    -------
    Metric
        Near 0 for equal distributions, and by chance below.

    Raises
    ------
    UsageError
        Shapes do not fit, fewer than two rows, or a value is not finite.
    """
    a, b = _two(real, generated)
    folds = context.parted(len(a), len(b))
    sums = _Sums.of(a, b, folds.of_real, folds.of_generated, folds.count)
    halves = [(sums.distance(first), sums.distance(~first)) for first in folds.splits]
    return context.metric(
        "kernel_distance", sums.distance(np.ones(folds.count, bool)), halves,
        sizes=(len(a), len(b)), better="lower", kernel="(x y / d + 1)^3, every pair", features=a.shape[1],
    )  # fmt: skip


def kernel_value(real: ArrayLike, generated: ArrayLike) -> float:
    """Return the kernel distance alone; see `kernel_distance`."""
    a, b = _two(real, generated)
    one = _Sums.of(a, b, np.zeros(len(a), np.int64), np.zeros(len(b), np.int64), 1)
    return one.distance(np.ones(1, bool))


class _Sums:
    """Sums of the kernel over the pairs of every two folds: halves of them need no second look at the images."""

    def __init__(self, real: Table, generated: Table, mixed: Table, n: Table, m: Table) -> None:
        self._real, self._generated, self._mixed, self._n, self._m = real, generated, mixed, n, m

    @classmethod
    def of(cls, a: Table, b: Table, of_a: NDArray[np.int64], of_b: NDArray[np.int64], count: int) -> _Sums:
        counts = (np.bincount(one, minlength=count).astype(np.float64) for one in (of_a, of_b))
        real, generated = _sums(a, a, of_a, of_a, count), _sums(b, b, of_b, of_b, count)
        for table, of, sums in ((a, of_a, real), (b, of_b, generated)):  # no image is its own pair
            sums[np.diag_indices(count)] -= np.bincount(
                of, _cubed(np.einsum("ij,ij->i", table, table), a.shape[1]), count
            )
        return cls(real, generated, _sums(a, b, of_a, of_b, count), *counts)

    def distance(self, kept: NDArray[np.bool_]) -> float:
        n, m = self._n[kept].sum(), self._m[kept].sum()
        if min(n, m) < 2:
            return float("nan")
        pairs = np.ix_(kept, kept)
        within = self._real[pairs].sum() / (n * (n - 1)) + self._generated[pairs].sum() / (m * (m - 1))
        return float(within - 2 * self._mixed[pairs].sum() / (n * m))


def _sums(a: Table, b: Table, of_a: NDArray[np.int64], of_b: NDArray[np.int64], count: int) -> Table:
    """Return the sum of the kernel over the pairs of fold i of a and fold j of b, shape (count, count)."""
    found = np.zeros((count, count))
    belongs = np.eye(count)
    for i in range(0, len(a), _BLOCK):
        for j in range(0, len(b), _BLOCK):
            likeness = _cubed(a[i : i + _BLOCK] @ b[j : j + _BLOCK].T, a.shape[1])
            found += belongs[:, of_a[i : i + _BLOCK]] @ (likeness @ belongs[of_b[j : j + _BLOCK]])
    return found


def _cubed(products: Table, width: int) -> Table:
    products = products / width
    products += 1
    return np.asarray(products * products * products)


def _two(real: ArrayLike, generated: ArrayLike) -> tuple[Table, Table]:
    a, b = (checked(one, name).astype(np.float64) for one, name in ((real, "real"), (generated, "generated")))
    if a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise UsageError(f"expected two rows or more of one width on both sides, received {a.shape} and {b.shape}")
    return a, b
