"""Cluster pairs of copies: each cluster keeps one image, and every other image is a confirmed copy of that one.

A chain of similar images is not a cluster: if A equals B and B equals C, C joins A only if that pair was confirmed as
well. Images are visited from best to worst; an image that is not a copy of a kept one is kept, and its copies are
assigned to it. So no two kept images are known copies of each other, and each dropped image is a copy of the kept one:
the greedy maximal independent set of the graph of copies, which is unique for a given order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 65_536
KEPT, BYTES, PIXELS, NEAR = range(4)
KINDS = ("", "bytes", "pixels", "near")
"""Kinds of copies, by code: none, equal file, equal pixels, or changed."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Confirmed pairs of copies.

    Attributes
    ----------
    first, second : ndarray of int64, shape (m,)
        Indices of the two rows, in either order.
    score : ndarray of float32, shape (m,)
        Probability that they are copies, in [0, 1].
    change : ndarray of int16, shape (m,)
        Index into `names`.
    names : tuple of str
        Changes between the two, such as ``resized`` or ``flipped+reencoded``.
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
        """Return the pairs as positions in `rows` (ascending, with every row of a pair) instead of row indices."""
        first, second = (np.asarray(np.searchsorted(rows, n), np.int64) for n in (self.first, self.second))
        return Pairs(first, second, self.score, self.change, self.names)


@dataclass(frozen=True, slots=True)
class Clusters:
    """The outcome of every row, one value per row.

    Attributes
    ----------
    keeper : ndarray of int64, shape (n,)
        The kept row of its cluster; itself for a kept row.
    kind : ndarray of uint8, shape (n,)
        Index into `KINDS`. An equal copy equals any row of the cluster, a near copy was confirmed against the kept row.
    score : ndarray of float32, shape (n,)
        Probability that it is a copy of the kept row, in [0, 1]; 1 for equal pixels and for the kept row.
    change : ndarray of int16, shape (n,)
        Change compared with the kept row, index into `names`; -1 for equal pixels and for the kept row.
    """

    keeper: NDArray[np.int64]
    kind: NDArray[np.uint8]
    score: NDArray[np.float32]
    change: NDArray[np.int16]
    names: tuple[str, ...]

    @property
    def is_shared(self) -> NDArray[np.bool_]:
        """Return a mask of the rows whose cluster has several rows."""
        return np.bincount(self.keeper, minlength=len(self.keeper))[self.keeper] > 1


def find_clusters(
    image: NDArray[np.uint64], content: NDArray[np.uint64], rank: NDArray[np.int64], pairs: Pairs
) -> Clusters:
    """Assign rows to clusters.

    Parameters
    ----------
    image : ndarray, shape (n,)
        Equal for rows with equal pixels.
    content : ndarray, shape (n,)
        Equal for rows that are the same image of the same file, byte by byte.
    rank : ndarray, shape (n,)
        Unique; of two rows that could be kept, the one with the lower rank is. If ranks derive from row content, the
        result does not depend on the row order.
    pairs : Pairs
        Confirmed near copies, with indices into these arrays.

    Raises
    ------
    ValueError
        If two ranks are equal.
    """
    if len(np.unique(rank)) != len(rank):
        raise ValueError("rank: expected a unique rank for each row")
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
    """Pairs of images, the better one first, ordered by rank."""

    better: NDArray[np.int64]
    worse: NDArray[np.int64]
    pair: NDArray[np.int64]


def _best(node: NDArray[np.int64], rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of lowest rank per node."""
    order = np.lexsort((rank, node))
    return order[np.r_[True, np.diff(node[order]) > 0]] if len(order) else order


def _edges(node: NDArray[np.int64], rank: NDArray[np.int64], pairs: Pairs) -> _Edges:
    """Return the pairs as edges between nodes; of several between two nodes, the most probable."""
    first, second = node[pairs.first], node[pairs.second]
    swap = rank[first] > rank[second]
    better, worse = np.where(swap, second, first), np.where(swap, first, second)
    # names may come in any order, so ties between changes are broken by the word itself
    word = np.argsort(np.argsort(np.array(pairs.names, dtype=str), kind="stable"), kind="stable")
    tie = word[pairs.change] if len(pairs.names) else pairs.change
    order = np.lexsort((tie, -pairs.score, rank[worse], rank[better]))
    order = order[better[order] != worse[order]]
    better, worse = better[order], worse[order]
    first_of = np.r_[True, (np.diff(better) != 0) | (np.diff(worse) != 0)] if len(order) else np.empty(0, bool)
    return _Edges(better[first_of], worse[first_of], order[first_of])


def _assign(n_nodes: int, edges: _Edges) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each node the kept node of its cluster, and the pair that confirms it (-1 for none)."""
    host = np.arange(n_nodes)
    pair = np.full(n_nodes, -1, np.int64)
    taken = bytearray(n_nodes)
    for start in range(0, len(edges.better), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        for better, worse, number in zip(
            edges.better[part].tolist(), edges.worse[part].tolist(), edges.pair[part].tolist(), strict=True
        ):
            # All edges that could drop `better` came before: its state is final.
            if not taken[better] and not taken[worse]:
                taken[worse] = 1
                host[worse], pair[worse] = better, number
    return host, pair


def _kinds(
    node: NDArray[np.int64], content: NDArray[np.uint64], rank: NDArray[np.int64], linked: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the kind of each row: the best row of an image is kept or near, the others are equal copies."""
    kind = np.full(len(node), PIXELS, np.uint8)
    best = _best(node, rank)
    kind[best] = np.where(linked[best], NEAR, KEPT)
    order = np.lexsort((rank, content, node))
    again = (np.diff(node[order]) == 0) & (np.diff(content[order].astype(np.int64)) == 0)
    kind[order[1:][again]] = BYTES
    return kind
