"""Link slices that look like neighbors in one head, without growing chains of merely similar slices.

Adjacent slices of one head are more similar than most slices of different heads, but not than all: heads acquired by
one scanner with one protocol are similar, too. Three rules keep them apart:

- a slice has few neighbors, so a pair counts only if each is among the few most similar to the other (mutual nearest
  neighbors: Gowda and Krishna, Pattern Recognition 10:105-112, 1978);
- the most similar pairs come first, and two groups of three or more slices are merged only by two pairs;
- patients known to be different are never merged, nor are slices of different planes or sizes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NEIGHBORS = 4
"""Number of most similar images that count as neighbors: two on either side."""

MIN_SIMILARITY = 0.5
"""Least similarity of a pair, in [0, 1]."""

_SMALL = 3  # group size from which two pairs are needed to merge with another such group
_MOST = 500  # largest group of unknown patient; a stack has fewer slices


class Likeness(NamedTuple):
    """Pairs of rows that may show one head, e.g. neighboring slices.

    Attributes
    ----------
    row_a, row_b : ndarray of int64, shape (m,)
        Row numbers in the catalogue; the order within a pair and of the pairs does not matter.
    similarity : ndarray of float32, shape (m,)
        In [0, 1].
    """

    row_a: NDArray[np.int64]
    row_b: NDArray[np.int64]
    similarity: NDArray[np.float32]


def link(
    likeness: Likeness,
    group: NDArray[np.int64],
    stack: NDArray[np.uint64],
    image: NDArray[np.uint64],
    known: NDArray[np.bool_],
    *,
    neighbors: int = NEIGHBORS,
    min_similarity: float = MIN_SIMILARITY,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of rows whose groups should be merged.

    Parameters
    ----------
    group : ndarray of int64, shape (n,)
        Group of each row so far.
    stack : ndarray of uint64, shape (n,)
        Key that slices of one stack share: plane and size.
    image : ndarray of uint64, shape (n,)
        ``image_id``, which breaks ties between equally similar pairs.
    known : ndarray of bool, shape (n,)
        Whether the patient of the row is known: two such groups are never merged.
    neighbors, min_similarity
        See `NEIGHBORS` and `MIN_SIMILARITY`.
    """
    pairs = _candidates(likeness, stack, image, neighbors, min_similarity)
    a, b = pairs[:, 0], pairs[:, 1]
    open_ = (group[a] != group[b]) & ~(known[a] & known[b])
    a, b = a[open_], b[open_]
    present, place = np.unique(np.concatenate([group[a], group[b]]), return_inverse=True)
    sizes = np.bincount(group, minlength=int(present.max(initial=-1)) + 1)[present]
    of_known = np.isin(present, group[known])
    growth = _Growth(sizes.tolist(), of_known.tolist())
    taken = [
        growth.see(one, other) for one, other in zip(place[: len(a)].tolist(), place[len(a) :].tolist(), strict=True)
    ]
    merged = np.array(taken, bool)
    return a[merged], b[merged]


def _candidates(
    likeness: Likeness,
    stack: NDArray[np.uint64],
    image: NDArray[np.uint64],
    neighbors: int,
    min_similarity: float,
) -> NDArray[np.int64]:
    """Return mutual neighbors within one stack, most similar first, independent of the row order."""
    a, b, similarity = likeness
    usable = (similarity >= min_similarity) & (a != b) & (stack[a] == stack[b])
    a, b, similarity = a[usable], b[usable], similarity[usable]
    swap = image[a] > image[b]
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    order = np.lexsort((image[b], image[a], -similarity))
    pairs = np.stack([a, b], axis=1)[order].astype(np.int64)
    _, once = np.unique(pairs, axis=0, return_index=True)
    pairs = pairs[np.sort(once)]
    rank = np.maximum(_ranks(pairs, 0), _ranks(pairs, 1))
    return pairs[rank < neighbors]


def _ranks(pairs: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Return the rank of each pair among all pairs of the row at one end, 0 for the most similar."""
    rows = np.concatenate([pairs[:, 0], pairs[:, 1]])
    place = np.concatenate([np.arange(len(pairs))] * 2)
    order = np.lexsort((place, rows))
    starts = np.flatnonzero(np.r_[True, np.diff(rows[order]) != 0]) if len(rows) else np.empty(0, np.int64)
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - np.repeat(starts, np.diff(np.r_[starts, len(rows)]))
    return rank[end * len(pairs) : (end + 1) * len(pairs)]


class _Growth:
    """Growing groups, with the number of pairs that link each two of them."""

    def __init__(self, sizes: list[int], known: list[bool]) -> None:
        self._parent = list(range(len(sizes)))
        self._size = sizes
        self._known = known
        self._votes: list[dict[int, int]] = [{} for _ in sizes]

    def see(self, a: int, b: int) -> bool:
        """Count a pair of neighbors in two groups; merge the groups if there are enough, and return whether it did."""
        a, b = self._root(a), self._root(b)
        if a == b:
            return False
        votes = self._votes[a].get(b, 0) + 1
        self._votes[a][b] = self._votes[b][a] = votes
        if votes < (2 if min(self._size[a], self._size[b]) >= _SMALL else 1):
            return False
        one, other = self._known[a], self._known[b]
        if (one and other) or (not (one or other) and self._size[a] + self._size[b] > _MOST):
            return False
        self._unite(a, b)
        return True

    def _root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = number = self._parent[self._parent[number]]
        return number

    def _unite(self, a: int, b: int) -> None:
        if len(self._votes[a]) < len(self._votes[b]):
            a, b = b, a
        self._parent[b] = a
        self._size[a] += self._size[b]
        self._known[a] = self._known[a] or self._known[b]
        del self._votes[a][b]
        for other, votes in self._votes[b].items():
            if other != a:
                del self._votes[other][b]
                self._votes[a][other] = self._votes[other][a] = self._votes[a].get(other, 0) + votes
        self._votes[b] = {}
