"""Bring features of different units to one scale, fitted on real images only.

Without a common scale, the block with the most or largest features dominates distances. Here each block of an encoder
has the same total variance among the real images, and wide blocks are reduced to their principal axes, so that a
covariance can be estimated from a few hundred images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg

from medcurate.encoders.encoder import Block
from medcurate.errors import UsageError
from medcurate.parallel.blas_threads import limit_blas_threads

_LEAST = 0.1  # fraction of the block's typical deviation: a nearly constant feature must not dominate


@dataclass(frozen=True, slots=True)
class Scale:
    """A shift and a linear map.

    Attributes
    ----------
    mean : ndarray of float64, shape (d,)
    axes : ndarray of float64, shape (d, m)
    n : int
        Number of real images for the fit.
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    n: int

    def apply(self, features: ArrayLike) -> NDArray[np.float32]:
        """Return scaled features, shape (n, m), of features, shape (n, d)."""
        table = np.asarray(features)
        if table.ndim != 2 or table.shape[1] != len(self.mean):
            raise UsageError(f"features: expected shape (n, {len(self.mean)}), received {table.shape}")
        return np.asarray((table - self.mean) @ self.axes, np.float32)


def fit_scale(real: ArrayLike, blocks: Sequence[Block]) -> Scale | None:
    """Fit a scale to the features of real images.

    Parameters
    ----------
    real : array_like, shape (n, d)
        At least two.
    blocks : sequence of Block
        Blocks of the encoder; their widths add up to d.

    Returns
    -------
    Scale or None
        None if the encoder has no blocks: its features are comparable without scaling.

    Raises
    ------
    UsageError
        If there are fewer than two images, or the widths do not fit.
    """
    if not blocks:
        return None
    table = np.asarray(real, np.float64)
    if table.ndim != 2 or len(table) < 2 or table.shape[1] != sum(block.width for block in blocks):
        raise UsageError(
            f"real: expected features of two images or more, {sum(block.width for block in blocks)} wide, received "
            f"shape {table.shape}"
        )
    mean = table.mean(axis=0)
    centered = table - mean
    maps, at = [], 0
    for block in blocks:
        maps.append(_axes(centered[:, at : at + block.width], block.axes))
        at += block.width
    axes = np.zeros((table.shape[1], sum(one.shape[1] for one in maps)))
    row = column = 0
    for one in maps:
        axes[row : row + one.shape[0], column : column + one.shape[1]] = one
        row, column = row + one.shape[0], column + one.shape[1]
    return Scale(mean, axes, len(table))


def _axes(centered: NDArray[np.float64], wanted: int | None) -> NDArray[np.float64]:
    """Return the map of one block, after which it has a total variance of one."""
    variance = centered.var(axis=0, ddof=1)
    if not variance.any():
        return np.zeros((centered.shape[1], 1))
    if wanted is None:
        deviation = np.sqrt(variance)
        map_ = np.diag(1 / np.maximum(deviation, _LEAST * np.sqrt(variance.mean())))
    else:
        map_ = _principal(centered, wanted)
    return np.asarray(map_ / np.sqrt((centered @ map_).var(axis=0, ddof=1).sum()))


def _principal(centered: NDArray[np.float64], wanted: int) -> NDArray[np.float64]:
    """Return the axes of the largest variance, shape (d, wanted or fewer), from the smaller of the two products."""
    n, d = centered.shape
    product = centered @ centered.T if n < d else centered.T @ centered
    last = len(product) - 1
    with limit_blas_threads(1):  # at this size thread synchronization costs more than the work
        values, vectors = linalg.eigh(product, subset_by_index=(max(0, last - min(wanted, n - 1) + 1), last))
    vectors = vectors[:, values > values[-1] * 1e-12]
    axes = centered.T @ vectors if n < d else vectors
    return np.asarray(axes / np.linalg.norm(axes, axis=0))
