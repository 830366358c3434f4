"""Kernel distance: the squared maximum mean discrepancy of a cubic kernel (Bińkowski et al., 2018)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.neighbors import checked

_BLOCK = 1024


def kernel_value(real: ArrayLike, generated: ArrayLike) -> float:
    """Return the unbiased kernel distance, with the kernel ``(x y / d + 1)^3``.

    The usual implementations average over random subsets of 1,000 images to save memory. Here every pair counts,
    block by block: the same expectation, less chance.

    Parameters
    ----------
    real, generated : array_like, shape (n, d) and (m, d)
        At least two rows each.

    Returns
    -------
    float
        Near 0 for equal distributions, and by chance below.

    Raises
    ------
    UsageError
        Shapes do not fit, fewer than two rows, or a value is not finite.
    """
    a, b = checked(real, "real").astype(np.float64), checked(generated, "generated").astype(np.float64)
    if a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise UsageError(f"expected two rows or more of one width on both sides, received {a.shape} and {b.shape}")
    return distance_of_sums(
        (kernel_sum(a, a) - own_sum(a), kernel_sum(b, b) - own_sum(b), kernel_sum(a, b)), len(a), len(b)
    )


def distance_of_sums(sums: tuple[float, float, float], n: int, m: int) -> float:
    """Return the distance from the sums of the kernel over real, generated and mixed pairs, none of one image."""
    return float(sums[0] / (n * (n - 1)) + sums[1] / (m * (m - 1)) - 2 * sums[2] / (n * m))


def kernel_sum(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the sum of the kernel over all pairs."""
    total = 0.0
    for i in range(0, len(a), _BLOCK):
        for j in range(0, len(b), _BLOCK):
            likeness = a[i : i + _BLOCK] @ b[j : j + _BLOCK].T
            likeness /= a.shape[1]
            likeness += 1
            total += float(np.einsum("ij,ij,ij->", likeness, likeness, likeness))
    return total


def own_sum(a: NDArray[np.float64]) -> float:
    """Return the sum of the kernel of each row with itself."""
    return float(((np.einsum("ij,ij->i", a, a) / a.shape[1] + 1) ** 3).sum())
