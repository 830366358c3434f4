"""The overlap coefficient of two densities: the area that both share (Weitzman, 1970)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.errors import UsageError
from medcurate.evaluate.overlap.half_samples import Rows, compare
from medcurate.parallel.blas_threads import limit_blas_threads
from medcurate.results import Metric

_MARGIN = 4.0  # bandwidths between the outermost point and the end of the grid
_CELLS_A_BANDWIDTH = 2.0
_MOST_BANDWIDTHS = 500  # from end to end; bounds the grid where nearly all points are the same

Array = NDArray[np.float64]


def density_overlap(
    real: ArrayLike,
    synthetic: ArrayLike,
    *,
    groups: Sequence[str] | None = None,
    bandwidth: float = 0.5,
    cells: int = 128,
    draws: int = 200,
    seed: int = 0,
    name: str = "overlap/density_overlap",
    settings: Mapping[str, Any] | None = None,
) -> Metric:
    """Return the overlap coefficient of the densities of real and synthetic points, see `DensityOverlap`.

    Parameters
    ----------
    real, synthetic : array_like, shape (n, 2) and (m, 2)
        Places in one embedding.
    groups : sequence of str, length n, optional
        Patient of each real image.
    bandwidth : float
        In units of Scott's rule for half of the real points (Scott, *Multivariate Density Estimation*, 1992).
    cells : int
        Cells of the grid along each axis.
    draws, seed : int
        See `half_samples`.
    settings : mapping, optional
        Recorded with the value.

    Returns
    -------
    Metric
        In [0, 1], with its real-against-real baseline.

    Raises
    ------
    UsageError
        Shapes do not fit, or there are too few points.
    """
    real, synthetic = np.asarray(real, np.float64), np.asarray(synthetic, np.float64)
    if real.ndim != 2 or synthetic.ndim != 2 or real.shape[1:] != synthetic.shape[1:]:
        raise UsageError(f"expected points (n, 2) and (m, 2), received shapes {real.shape} and {synthetic.shape}")
    wide = bandwidth * real.std(axis=0) * max(1, len(real) // 2) ** (-1 / 6)
    overlap = DensityOverlap(np.concatenate([real, synthetic]), bandwidth=(wide[0], wide[1]), cells=cells)
    of = groups if groups is not None else range(len(real))
    with limit_blas_threads(1):  # products this small wait for their threads longer than they work
        found = compare(overlap, of, len(synthetic), draws=draws, seed=seed)["overlap"]
    record = {
        **(settings or {}),
        "kernel": "Gaussian",
        "bandwidth": f"{bandwidth:g} x Scott's rule, one for all",
        "cells": overlap.cells,
        "seed": seed,
    }
    return found.metric(name, n=(len(real), len(synthetic)), settings=record, better="near")


class DensityOverlap:
    r"""Overlap coefficient of the densities of some points and others.

    :math:`\int \min(f, g)`: 1 where both densities are the same, 0 where no place has both (Weitzman, *Measures of
    overlap of income distributions*, 1970; estimated with kernels: Schmid & Schmidt, *Computational Statistics & Data
    Analysis* 50, 2006). `f` and `g` are Gaussian kernel density estimates of one bandwidth on one grid.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        All points that will be compared.
    bandwidth : tuple of float
        Standard deviation of the kernel along both axes, in units of the points.
    cells : int
        Cells of the grid along each axis; more are used if the bandwidth is too small for so few.

    Raises
    ------
    UsageError
        The points have another shape, or are not finite.
    """

    def __init__(self, points: ArrayLike, *, bandwidth: tuple[float, float], cells: int) -> None:
        places = np.asarray(points, np.float64)
        if places.ndim != 2 or places.shape[1] != 2 or not np.isfinite(places).all():
            raise UsageError(f"expected finite points of shape (n, 2), received shape {places.shape}")
        extent = np.maximum(np.ptp(places, axis=0), np.finfo(np.float32).eps)
        wide = np.maximum(np.asarray(bandwidth, np.float64), extent / _MOST_BANDWIDTHS)
        low, high = places.min(axis=0) - _MARGIN * wide, places.max(axis=0) + _MARGIN * wide
        needed = np.ceil(_CELLS_A_BANDWIDTH * (high - low) / wide).max()
        self.cells = int(max(cells, needed))
        cell = (high - low) / self.cells
        row, column = np.minimum(((places - low) / cell).astype(np.int64), self.cells - 1).T
        self._at = row * self.cells + column
        self._rows, self._columns = (_kernel(self.cells, wide[axis] / cell[axis]) for axis in (0, 1))

    def __call__(self, one: Rows, other: Rows) -> dict[str, float]:
        """Return the overlap of two choices of the points, by their row numbers; in [0, 1]."""
        return {"overlap": float(np.minimum(self._density(one), self._density(other)).sum())}

    def _density(self, rows: Rows) -> Array:
        counts = np.bincount(self._at[rows], minlength=self.cells**2).reshape(self.cells, self.cells)
        density = self._rows @ counts.astype(np.float64) @ self._columns.T
        return np.asarray(density / density.sum(), np.float64)


def _kernel(cells: int, width: float) -> Array:
    """Return what each cell gives to each other: a Gaussian of `width` cells, shape (cells, cells)."""
    place = np.arange(cells)
    return np.exp(-0.5 * ((place[:, None] - place[None, :]) / width) ** 2)
