"""Fréchet distance between two sets of features (Heusel et al., 2017; Dowson and Landau, 1982)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg

from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.neighbors import Features, checked
from medcurate.parallel.blas_threads import limit_blas_threads
from medcurate.results import Metric

_DEFAULTS = Context()
_SMALL = 512  # up to this width, one thread is faster than several


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, sum and sum of products of features: they add up over batches and folds, in double precision.

    Attributes
    ----------
    total : ndarray, shape (d,)
    products : ndarray, shape (d, d)
    """

    n: int
    total: NDArray[np.float64]
    products: NDArray[np.float64]

    @classmethod
    def of(cls, features: ArrayLike) -> Moments:
        """Take the moments of features, shape (n, d)."""
        table = checked(features, "features").astype(np.float64, copy=False)
        return cls(len(table), table.sum(axis=0), table.T @ table)

    def __sub__(self, part: Moments) -> Moments:
        return Moments(self.n - part.n, self.total - part.total, self.products - part.products)

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean, shape (d,)."""
        return self.total / self.n

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Unbiased covariance, shape (d, d)."""
        return np.asarray((self.products - np.outer(self.total, self.mean)) / (self.n - 1))


def frechet_distance(real: ArrayLike, generated: ArrayLike, *, context: Context = _DEFAULTS) -> Metric:
    """Measure the Fréchet distance; see `frechet_value`.

    Its expectation grows as the number of images falls: compare it only with a distance of the same numbers of images.

    Parameters
    ----------
    real, generated : array_like, shape (n, d) and (m, d)

    Returns
    -------
    Metric
        0 or more.

    Raises
    ------
    UsageError
        Shapes do not fit, fewer than two rows, or a value is not finite.
    """
    a, b, middle = _centered(real, generated)
    folds = context.parted(len(a), len(b))
    all_a, all_b = Moments.of(a - middle), Moments.of(b - middle)
    halves = []
    for (x, y), _ in folds.halves():
        half_a, half_b = Moments.of(a[x] - middle), Moments.of(b[y] - middle)
        halves.append((frechet_of_moments(half_a, half_b), frechet_of_moments(all_a - half_a, all_b - half_b)))
    return context.metric(
        "frechet_distance", frechet_of_moments(all_a, all_b), halves,
        sizes=(len(a), len(b)), better="lower", bounds=(0, np.inf), features=a.shape[1],
    )  # fmt: skip


def frechet_value(real: ArrayLike, generated: ArrayLike) -> float:
    """Return the Fréchet distance between the normal distributions with the moments of two sets of features.

    ``|m1 - m2|^2 + trace(C1 + C2 - 2 (C1 C2)^(1/2))``, a squared distance: 0 or more.

    Parameters
    ----------
    real, generated : array_like, shape (n, d) and (m, d)
        At least two rows each.

    Raises
    ------
    UsageError
        Shapes do not fit, fewer than two rows, or a value is not finite.
    """
    a, b, middle = _centered(real, generated)
    return frechet_of_moments(Moments.of(a - middle), Moments.of(b - middle))


def frechet_of_moments(a: Moments, b: Moments) -> float:
    """Return the same from moments; NaN where a side has fewer than two rows.

    The trace of the square root of ``C1 C2`` is the sum of the singular values of ``C1^(1/2) C2^(1/2)``: real and
    never negative even where the covariances are singular, without a square root of an unsymmetric matrix.
    """
    if min(a.n, b.n) < 2:
        return float("nan")
    with limit_blas_threads(1 if len(a.total) <= _SMALL else None):
        roots = [_root(moments.covariance) for moments in (a, b)]
        shared = float(linalg.svdvals(roots[0].T @ roots[1]).sum())
    spread = sum(float(np.square(root).sum()) for root in roots)
    return max(0.0, float(np.square(a.mean - b.mean).sum()) + spread - 2 * shared)


def _centered(real: ArrayLike, generated: ArrayLike) -> tuple[Features, Features, NDArray[np.float64]]:
    """Return both sides and the middle of the real one: sums of products far from the origin would lose digits."""
    a, b = checked(real, "real"), checked(generated, "generated")
    if a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise UsageError(f"expected two rows or more of one width on both sides, received {a.shape} and {b.shape}")
    return a, b, a.mean(axis=0, dtype=np.float64)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return R with ``R R^T`` the covariance, shape (d, rank); what is rounding error of a singular one is left out."""
    values, vectors = linalg.eigh(covariance)
    kept = values > max(values[-1], 0) * len(values) * np.finfo(np.float64).eps
    if not kept.any():
        return np.zeros((len(values), 1))
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept]))
