"""Search among millions of binary hashes, with a cost far below quadratic.

An inverted file (`faiss.IndexBinaryIVF`) has about four times the square root of n lists, each led by one hash; a query
searches the few lists with the nearest leaders. Neither randomness nor threads affect the result: the same hashes in
the same order give the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.parallel import count_workers

_EXACT = 16_384  # number of hashes up to which all are compared
_PROBES = 32
_QUERIES = 16_384

Hashes = NDArray[np.uint8]


class Matches(NamedTuple):
    """Pairs of similar hashes.

    Attributes
    ----------
    query, base : ndarray of int64, shape (m,)
        Indices of the two hashes.
    distance : ndarray of int32, shape (m,)
        Hamming distance (bits).
    """

    query: NDArray[np.int64]
    base: NDArray[np.int64]
    distance: NDArray[np.int32]


def nearest(base: Hashes, queries: Hashes, *, k: int, max_distance: int) -> Iterator[Matches]:
    """Yield the nearest hashes of `base` for each block of queries.

    Parameters
    ----------
    base : ndarray of uint8, shape (n, bytes)
    queries : ndarray of uint8, shape (m, bytes)
    k : int
        Largest number of neighbors per query.
    max_distance : int
        Largest Hamming distance of a neighbor (bits).

    Raises
    ------
    UsageError
        If the hashes differ in length, or `k` is below 1.
    """
    if base.ndim != 2 or queries.ndim != 2 or base.shape[1] != queries.shape[1]:
        raise UsageError(f"hashes: expected two arrays of equal width, received {base.shape} and {queries.shape}")
    if k < 1:
        raise UsageError(f"k: expected 1 or more, received {k}")
    if not len(base) or not len(queries):
        return
    blocks = [queries[start : start + _QUERIES] for start in range(0, len(queries), _QUERIES)]
    threads = count_workers(None)
    # OpenMP threads wait actively for each other, which costs a busy machine far more than the search itself.
    with ThreadPoolExecutor(threads, initializer=_one_thread) as pool:
        index = pool.submit(_index, np.ascontiguousarray(base)).result()
        search = partial(_search, index, min(k, len(base)), max_distance)
        for first in range(0, len(blocks), threads):
            some = range(first, min(first + threads, len(blocks)))
            yield from pool.map(search, [number * _QUERIES for number in some], [blocks[number] for number in some])


def _one_thread() -> None:
    import faiss

    faiss.omp_set_num_threads(1)  # applies to the calling thread


def _search(index: Any, k: int, max_distance: int, first: int, block: Hashes) -> Matches:
    distance, found = index.search(np.ascontiguousarray(block), k)
    query, place = np.nonzero((found >= 0) & (distance <= max_distance))
    return Matches(query + first, found[query, place].astype(np.int64), distance[query, place].astype(np.int32))


def cluster_hashes(hashes: Hashes, *, max_distance: int, k: int = 8) -> NDArray[np.int64]:
    """Return a label per hash: equal for hashes connected by a path of near neighbors.

    Parameters
    ----------
    hashes : ndarray of uint8, shape (n, bytes)
    max_distance : int
        Largest Hamming distance of neighbors (bits).
    k : int
        Number of neighbors per hash, without itself.

    Returns
    -------
    ndarray of int64, shape (n,)
        The index of the first hash of the cluster.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = [
        (m.query[m.query != m.base], m.base[m.query != m.base])
        for m in nearest(hashes, hashes, k=k + 1, max_distance=max_distance)
    ]
    query = np.concatenate([pair[0] for pair in pairs]) if pairs else np.empty(0, np.int64)
    base = np.concatenate([pair[1] for pair in pairs]) if pairs else np.empty(0, np.int64)
    graph = coo_array((np.ones(len(query), np.bool_), (query, base)), shape=(len(hashes), len(hashes)))
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    return np.asarray(first[label], np.int64)


def _index(base: Hashes) -> Any:
    """Return a search index over hashes."""
    import faiss

    bits = 8 * base.shape[1]
    if len(base) <= _EXACT:
        flat = faiss.IndexBinaryFlat(bits)
        flat.add(base)
        return flat
    leaders = faiss.IndexBinaryFlat(bits)
    lists = int(4 * np.sqrt(len(base)))
    leaders.add(base[np.linspace(0, len(base) - 1, lists).astype(np.int64)])
    index: Any = faiss.IndexBinaryIVF(leaders, bits, lists)
    index.own_fields = False
    index.leaders = leaders  # must live as long as the index
    index.is_trained = True
    index.nprobe = _PROBES
    index.add(base)
    return index
