"""Nearest neighbors between two sets of features: exact, block by block, in memory that grows with n and never n x n.

A search in single precision (matrix products of centered features) finds candidates; what it cannot tell apart is
measured again in double precision. So the answers are those of a full table of distances in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from medcurate.errors import UsageError
from medcurate.parallel import count_workers
from medcurate.parallel.blas_threads import limit_blas_threads

_SPARE = 8  # candidates beyond k that are measured again
_ROWS, _COLUMNS = 1024, 2048  # of a block of distances: 8 MiB; rows are counted in 16 bits
_TABLE = 1 << 21  # distances in double precision that are held at a time
_PAIRS = 1 << 16  # pairs that are measured again at a time
_EPS = float(np.finfo(np.float32).eps)

Features = NDArray[np.float32] | NDArray[np.float64]
_Found = tuple[NDArray[Any], NDArray[np.int64]]


def nearest(
    queries: ArrayLike, base: ArrayLike, k: int, *, skip_self: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find the `k` nearest members of `base` to each query, by Euclidean distance.

    Parameters
    ----------
    queries : array_like, shape (n, d)
    base : array_like, shape (m, d)
    skip_self : bool
        `queries` are the same rows as `base`: row i is no neighbor of itself (an equal row is).

    Returns
    -------
    distances : ndarray of float64, shape (n, k)
        Ascending.
    rows : ndarray of int64, shape (n, k)
        Of `base`; the lower row first where distances are equal.

    Raises
    ------
    UsageError
        Shapes do not fit, a value is not finite, or `base` has fewer than `k` members.
    """
    queries, base = checked(queries, "queries"), checked(base, "base")
    if queries.shape[1] != base.shape[1]:
        raise UsageError(f"expected features of one width, received {queries.shape} and {base.shape}")
    if skip_self and len(queries) != len(base):
        raise UsageError(f"skip_self: expected the same rows twice, received {len(queries)} and {len(base)}")
    if not 1 <= k <= len(base) - skip_self:
        raise UsageError(f"k: expected 1 to {len(base) - skip_self} (the number of neighbors there are), received {k}")
    middle = base.mean(axis=0, dtype=np.float64)
    single = _single(base, middle)
    largest = float(_squares(single).max())

    def search(part: slice) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        own = part.start if skip_self else None
        return _nearest_of(queries[part], _single(queries[part], middle), base, single, largest, k, own)

    found = list(_in_threads(search, _slices(len(queries), _ROWS)))
    return np.concatenate([near for near, _ in found]), np.concatenate([rows for _, rows in found])


def kth_distances(features: ArrayLike, k: int) -> NDArray[np.float64]:
    """Return the distance of each row to the k-th nearest other row, shape (n,); see `nearest`."""
    return nearest(features, features, k, skip_self=True)[0][:, -1]


def within(centers: ArrayLike, radii: ArrayLike, points: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count how many balls hold each point, and how many points each ball holds.

    Parameters
    ----------
    centers : array_like, shape (n, d)
    radii : array_like, shape (n,)
        A point at just this distance is within.
    points : array_like, shape (m, d)

    Returns
    -------
    of_points : ndarray of int64, shape (m,)
        Balls that hold each point.
    of_centers : ndarray of int64, shape (n,)
        Points that each ball holds.

    Raises
    ------
    UsageError
        Shapes do not fit, or a value is not finite.
    """
    centers, points = checked(centers, "centers"), checked(points, "points")
    radii = np.asarray(radii, np.float64)
    if centers.shape[1] != points.shape[1] or radii.shape != (len(centers),):
        raise UsageError(
            f"expected centers (n, d), radii (n,) and points (m, d), received {centers.shape}, {radii.shape} and "
            f"{points.shape}"
        )
    balls, places, doubt = _as_products(centers, radii, points)

    def count(rows: slice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        of_points, of_centers = np.zeros(len(points), np.int64), np.zeros(rows.stop - rows.start, np.int64)
        for columns in _slices(len(points), _COLUMNS):
            gap = balls[rows] @ places[columns].T
            inside = gap <= doubt
            if np.count_nonzero(inside) > np.count_nonzero(gap <= -doubt):
                i, j = np.nonzero(inside & (gap > -doubt))
                exact = _distances(centers, points, i + rows.start, j + columns.start)
                inside[i, j] = exact <= radii[i + rows.start]
            of_points[columns] += inside.sum(axis=0, dtype=np.uint16)
            of_centers += np.count_nonzero(inside, axis=1)
        return of_points, of_centers

    of_points, of_centers = np.zeros(len(points), np.int64), []
    for held, holds in _in_threads(count, _slices(len(centers), _ROWS)):
        of_points += held
        of_centers.append(holds)
    return of_points, np.concatenate(of_centers)


def checked(features: ArrayLike, name: str) -> Features:
    """Return features as a table of floats.

    Raises
    ------
    UsageError
        No table, no rows, or a value that is not finite.
    """
    table = np.asarray(features)
    if table.dtype not in (np.float32, np.float64):
        table = table.astype(np.float64)
    if table.ndim != 2 or not table.size:
        raise UsageError(f"{name}: expected features of shape (n, d), received {table.shape}")
    if not np.isfinite(table).all():
        raise UsageError(f"{name}: expected finite features, received NaN or infinity; look at what made them")
    return table


def _as_products(
    centers: Features, radii: NDArray[np.float64], points: Features
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Return two tables whose product is squared distance less squared radius, and how far it may be off."""
    middle = centers.mean(axis=0, dtype=np.float64)
    a, b = _single(centers, middle), _single(points, middle)
    norms_a, norms_b, reach = _squares(a), _squares(b), radii**2
    balls = np.column_stack([-2 * a, norms_a - reach, np.ones(len(a))]).astype(np.float32)
    places = np.column_stack([b, np.ones(len(b)), norms_b]).astype(np.float32)
    return balls, places, _doubt(a.shape[1]) * float(norms_a.max() + norms_b.max() + reach.max())


def _in_threads(work: Callable[[slice], _Found], parts: Iterator[slice]) -> Iterator[_Found]:
    """Work on parts at once, a thread each: within a product, threads would wait for each other on a busy machine.

    A single part is worked on here. Halves of a hundred images are searched by the thousand, and setting the limit
    alone takes ten times as long as such a search, because it reads which libraries are loaded.
    """
    first, second = next(parts), next(parts, None)
    if second is None:
        yield work(first)
        return
    parts = chain((first, second), parts)
    with limit_blas_threads(1), ThreadPoolExecutor(count_workers(None)) as pool:
        yield from pool.map(work, parts)


def _nearest_of(
    queries: Features,
    single_queries: NDArray[np.float32],
    base: Features,
    single_base: NDArray[np.float32],
    largest: float,
    k: int,
    own: int | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Search some queries; `own` + i is the row of the base that is query i itself, if given."""
    import faiss

    take = min(len(base), k + _SPARE + (own is not None))
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # counts for the thread that calls it
    try:
        rough, rows = faiss.knn(single_queries, single_base, take)
    finally:
        faiss.omp_set_num_threads(threads)
    rows = rows.astype(np.int64)
    exact = np.empty(rows.shape)
    step = max(1, _PAIRS // take)
    for at in range(0, len(queries), step):
        i = np.repeat(np.arange(at, min(at + step, len(queries))), take)
        exact[at : at + step] = _distances(queries, base, i, rows[at : at + step].ravel()).reshape(-1, take)
    if own is not None:
        exact[rows == np.arange(own, own + len(queries))[:, None]] = np.inf
    order = np.lexsort((rows, exact), axis=1)[:, :k]
    exact, rows = np.take_along_axis(exact, order, 1), np.take_along_axis(rows, order, 1)
    # Beyond the candidates, a row is at least as far as the last of them, less what single precision may be wrong by.
    limit = rough[:, -1] - _doubt(base.shape[1]) * (_squares(single_queries) + largest)
    open_rows = np.flatnonzero(exact[:, -1] ** 2 >= limit) if take < len(base) else np.empty(0, np.int64)
    for part in _slices(len(open_rows), max(1, _TABLE // len(base))):
        for row, distances in zip(open_rows[part], cdist(queries[open_rows[part]], base), strict=True):
            if own is not None:
                distances[own + row] = np.inf
            within_reach = np.flatnonzero(distances <= np.partition(distances, k - 1)[k - 1])
            first = within_reach[np.lexsort((within_reach, distances[within_reach]))[:k]]
            # Measured as `within` measures: a point at just the k-th distance is then within it to the last digit.
            exact[row] = _distances(queries, base, np.full(k, row), first)
            rows[row] = first
    return exact, rows


def _distances(a: Features, b: Features, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure pairs in double precision."""
    found = np.empty(len(rows))
    for part in _slices(len(rows), max(1, min(_PAIRS, (1 << 22) // a.shape[1]))):
        difference = a[rows[part]].astype(np.float64) - b[columns[part]]
        found[part] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return found


def _single(features: Features, middle: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return centered features: far from the origin, single precision would lose the differences."""
    return np.ascontiguousarray(features - middle, np.float32)


def _squares(features: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", features, features, dtype=np.float64))


def _doubt(width: int) -> float:
    """Return how far a squared distance in single precision may be off, as a share of the squared norms."""
    return 8 * _EPS * float(np.sqrt(width + 2))


def _slices(n: int, step: int) -> Iterator[slice]:
    return (slice(at, min(at + step, n)) for at in range(0, n, step))
