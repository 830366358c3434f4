"""Choose images to label next: uncertain ones that differ from one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

POOL = 10  # candidates per chosen image, as in Zhdanov's experiments
DIMENSIONS = 64


def doubt(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return one minus the margin between the two most probable classes, in [0, 1], shape ``(n,)``."""
    ordered = np.sort(np.asarray(probabilities, np.float64), axis=1)
    return np.asarray(1.0 - (ordered[:, -1] - ordered[:, -2]))


def shortlist(
    doubts: NDArray[np.floating],
    candidate: NDArray[np.bool_],
    series: NDArray[np.integer],
    identity: NDArray[np.integer],
    ids: NDArray[np.uint64],
    n: int,
) -> NDArray[np.intp]:
    """Return the rows to choose from: the most uncertain ones, one per series and one per set of copies.

    Parameters
    ----------
    doubts : ndarray, shape (n_rows,)
        In [0, 1].
    candidate : ndarray of bool, shape (n_rows,)
        Mask of the rows that may be proposed.
    series, identity : ndarray of int, shape (n_rows,)
        The series (-1: none), and a key that images with equal pixels share.
    ids : ndarray of uint64, shape (n_rows,)
        Breaks ties, so that the choice does not depend on the order of the files.
    n : int
        Number of images that will be chosen.

    Returns
    -------
    ndarray of int
        At most ``POOL * n`` rows, most uncertain first.
    """
    rows = np.flatnonzero(candidate)
    rows = rows[np.lexsort((rows, ids[rows], -np.round(doubts[rows], 6)))]
    chosen: list[int] = []
    seen: set[tuple[str, int]] = set()
    for row in rows:
        if len(chosen) >= POOL * n:
            break
        keys = {("image", int(identity[row]))} | ({("series", int(series[row]))} if series[row] >= 0 else set())
        if not keys & seen:
            seen |= keys
            chosen.append(int(row))
    return np.array(chosen, dtype=np.intp)


def choose(features: NDArray[np.floating], doubts: NDArray[np.floating], n: int, seed: int) -> NDArray[np.intp]:
    """Choose the rows whose labels would help most.

    Greedy k-means++ (Arthur and Vassilvitskii 2007) on the uncertain rows, weighted by uncertainty: each chosen row is
    uncertain and far from those chosen before (weighted clustering as in Zhdanov 2019, arXiv:1901.05954).

    Parameters
    ----------
    features : ndarray, shape (n_rows, n_features)
    doubts : ndarray, shape (n_rows,)
        In [0, 1].
    n : int
        Number of rows to choose; all rows if there are fewer.

    Returns
    -------
    ndarray of int, shape (min(n, n_rows),)
        Rows in order of usefulness: a prefix is a good choice, too.
    """
    from sklearn.cluster import kmeans_plusplus

    n = min(n, len(features))
    if n <= 0:
        return np.zeros(0, dtype=np.intp)
    points = _project(np.asarray(features, np.float64), seed)
    distinct = np.unique(points.round(6), axis=0, return_index=True)[1]
    rows = np.sort(distinct) if len(distinct) >= n else np.arange(len(points))
    weights = np.maximum(np.asarray(doubts, np.float64)[rows], 1e-3)
    chosen = kmeans_plusplus(points[rows], n, sample_weight=weights, random_state=seed)[1]
    return _complete(rows[chosen], len(points), n)


def _project(features: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Project the rows to fewer dimensions with nearly the same distances (Johnson and Lindenstrauss 1984)."""
    width = features.shape[1]
    if width <= DIMENSIONS:
        return features
    directions = np.random.default_rng(seed).normal(size=(width, DIMENSIONS)) / np.sqrt(DIMENSIONS)
    return np.asarray(features @ directions)


def _complete(chosen: NDArray[np.integer], total: int, n: int) -> NDArray[np.intp]:
    """Remove repeated rows (equal points) and fill up with the first of the others."""
    order = list(dict.fromkeys(int(row) for row in chosen))
    taken = set(order)
    order += [row for row in range(total) if row not in taken][: n - len(order)]
    return np.array(order, dtype=np.intp)
