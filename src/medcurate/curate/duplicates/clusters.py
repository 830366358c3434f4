"""From pairs of copies to clusters: one image is kept, and every other one was confirmed against that one.

A chain of look-alikes is no cluster: where A equals B and B equals C, C joins A only if the two were confirmed as well.
Images are taken from the best to the worst; one that is no copy of a kept image is kept, and takes its own copies with
it. So no two kept images are known to be copies of each other, and each dropped one is a copy of the image that stands
for it: the greedy maximal independent set of the graph of copies, which is the only one for a given order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 65_536
KEPT, BYTES, PIXELS, NEAR = range(4)
KINDS = ("", "bytes", "pixels", "near")
"""How a row is a copy, by code: it is none, its file equals another's, its pixels do, or it was changed."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Confirmed copies, one a line.

    Attributes
    ----------
    first, second : ndarray of int64, shape (m,)
        Numbers of two rows, in either order.
    score : ndarray of float32, shape (m,)
        How sure it is, in [0, 1].
    change : ndarray of int16, shape (m,)
        Index into `names`.
    names : tuple of str
        What was done to one of the two, such as ``resized`` or ``flipped+reencoded``.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    score: NDArray[np.float32]
    change: NDArray[np.int16]
    names: tuple[str, ...]

    @classmethod
    def none(cls) -> Pairs:
        """Return no pairs."""
        rows = np.empty(0, np.int64)
        return cls(rows, rows, np.empty(0, np.float32), np.empty(0, np.int16), ())

    def at(self, rows: NDArray[np.int64]) -> Pairs:
        """Return the same pairs with places in `rows` (ascending, with every row of a pair) in place of numbers."""
        first, second = (np.asarray(np.searchsorted(rows, n), np.int64) for n in (self.first, self.second))
        return Pairs(first, second, self.score, self.change, self.names)


@dataclass(frozen=True, slots=True)
class Clusters:
    """What became of every row, one value a row.

    Attributes
    ----------
    keeper : ndarray of int64, shape (n,)
        The row that is kept in its place; itself for a kept row.
    kind : ndarray of uint8, shape (n,)
        Index into `KINDS`. An equal copy is one of any row, a near one is a copy of the kept row.
    score : ndarray of float32, shape (n,)
        How sure it is that it shows what the kept row does, in [0, 1]; 1 for equal pixels and for the kept row.
    change : ndarray of int16, shape (n,)
        How it differs from the kept row, index into `names`; -1 for equal pixels and for the kept row.
    """

    keeper: NDArray[np.int64]
    kind: NDArray[np.uint8]
    score: NDArray[np.float32]
    change: NDArray[np.int16]
    names: tuple[str, ...]

    @property
    def is_shared(self) -> NDArray[np.bool_]:
        """Say of every row whether its cluster has more than one."""
        return np.bincount(self.keeper, minlength=len(self.keeper))[self.keeper] > 1


def find_clusters(
    image: NDArray[np.uint64], content: NDArray[np.uint64], rank: NDArray[np.int64], pairs: Pairs
) -> Clusters:
    """Put rows into clusters.

    Parameters
    ----------
    image : ndarray, shape (n,)
        Equal for rows with equal pixels.
    content : ndarray, shape (n,)
        Equal for rows that are the same image of the same file, byte by byte.
    rank : ndarray, shape (n,)
        All different; of two rows that could be kept, the one with the lower rank is. With ranks that come from what
        the rows are, the result does not depend on their order.
    pairs : Pairs
        Confirmed near copies, with places in these arrays as rows.

    Raises
    ------
    ValueError
        If two ranks are equal.
    """
    if len(np.unique(rank)) != len(rank):
        raise ValueError("rank: expected a different one for each row")
    _, node = np.unique(image, return_inverse=True)
    best = _best(node, rank)
    edges = _edges(node, rank[best], pairs)
    host, edge = _assign(len(best), edges)
    link = edge[node]
    linked = link >= 0
    score, change = np.ones(len(node), np.float32), np.full(len(node), -1, np.int16)
    score[linked], change[linked] = pairs.score[link[linked]], pairs.change[link[linked]]
    return Clusters(best[host[node]], _kinds(node, content, rank, linked), score, change, pairs.names)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Pairs of images, the better one first, in the order of the ranks."""

    better: NDArray[np.int64]
    worse: NDArray[np.int64]
    pair: NDArray[np.int64]


def _best(node: NDArray[np.int64], rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of the lowest rank of each node."""
    order = np.lexsort((rank, node))
    return order[np.r_[True, np.diff(node[order]) > 0]] if len(order) else order


def _edges(node: NDArray[np.int64], rank: NDArray[np.int64], pairs: Pairs) -> _Edges:
    """Return the pairs as edges between nodes; of several between two nodes the surest."""
    first, second = node[pairs.first], node[pairs.second]
    swap = rank[first] > rank[second]
    better, worse = np.where(swap, second, first), np.where(swap, first, second)
    # names may come in any order, so that the tie of two changes is decided by the word itself
    word = np.argsort(np.argsort(np.array(pairs.names, dtype=str), kind="stable"), kind="stable")
    tie = word[pairs.change] if len(pairs.names) else pairs.change
    order = np.lexsort((tie, -pairs.score, rank[worse], rank[better]))
    order = order[better[order] != worse[order]]
    better, worse = better[order], worse[order]
    first_of = np.r_[True, (np.diff(better) != 0) | (np.diff(worse) != 0)] if len(order) else np.empty(0, bool)
    return _Edges(better[first_of], worse[first_of], order[first_of])


def _assign(n_nodes: int, edges: _Edges) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each node the node that is kept in its place, and the pair that says so (-1 for none)."""
    host = np.arange(n_nodes)
    pair = np.full(n_nodes, -1, np.int64)
    taken = bytearray(n_nodes)
    for start in range(0, len(edges.better), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        for better, worse, number in zip(
            edges.better[part].tolist(), edges.worse[part].tolist(), edges.pair[part].tolist(), strict=True
        ):
            # All that could take `better` away came before: it is settled.
            if not taken[better] and not taken[worse]:
                taken[worse] = 1
                host[worse], pair[worse] = better, number
    return host, pair


def _kinds(
    node: NDArray[np.int64], content: NDArray[np.uint64], rank: NDArray[np.int64], linked: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the kind of each row: the best of its image is kept or near, the others are equal copies."""
    kind = np.full(len(node), PIXELS, np.uint8)
    best = _best(node, rank)
    kind[best] = np.where(linked[best], NEAR, KEPT)
    order = np.lexsort((rank, content, node))
    again = (np.diff(node[order]) == 0) & (np.diff(content[order].astype(np.int64)) == 0)
    kind[order[1:][again]] = BYTES
    return kind
