"""For each image the training image that it may be a copy of: mirrored, turned a little, shifted, scaled or noisy."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.privacy.fingerprints import CHANGES, FREQUENCIES, Fingerprints, framed, in_view, turn
from medcurate.evaluate.privacy.likeness import Picture, likeness

CANDIDATES = 3
"""Training images whose pixels are compared with an image, in each of two ways to lay them upon each other."""
_EQUAL = 2  # largest difference of gray values, of 255, that two equal pictures have after they were made small
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Closest:
    """The closest training image of each image.

    Attributes
    ----------
    score : ndarray of float64, shape (n,)
        `likeness.likeness`, -1 for an image that shows nothing.
    training : ndarray of int64, shape (n,)
        Row of the training image; -1 where there is none.
    view : ndarray of int64, shape (n,)
        What turns the image into the training image, see `fingerprints.CHANGES`.
    equal : ndarray of bool, shape (n,)
        In this view the pictures are the same, gray value by gray value.
    """

    score: NDArray[np.float64]
    training: NDArray[np.int64]
    view: NDArray[np.int64]
    equal: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.score)

    def change(self, row: int) -> str:
        """Return in words what was done to the training image."""
        return CHANGES[_INVERSE[self.view[row]]]


_INVERSE = (0, 1, 2, 3, 4, 6, 5, 7)
"""The view that takes each view back: two of them are quarter turns."""


def closest(queries: Fingerprints, training: Fingerprints, advance: Callable[[int], object] | None = None) -> Closest:
    """Find the closest training image of each image, in time that grows with n x m only in matrix products.

    Parameters
    ----------
    advance : callable, optional
        Told how many images are done.
    """
    usable = np.flatnonzero(training.shows)
    n = len(queries)
    found = Closest(np.full(n, -1.0), np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, bool))
    if not len(usable):
        return found
    with ThreadPoolExecutor() as pool:  # OpenCV releases Python's lock
        for at in range(0, n, _AT_ONCE):
            rows = np.arange(at, min(at + _AT_ONCE, n))
            rows = rows[queries.shows[rows]]
            tried = _candidates(queries.take(rows), training, usable) if len(rows) else []
            best = pool.map(lambda row, pairs: _best(queries.thumbnails[row], training, pairs), rows.tolist(), tried)
            for row, (score, number, view, equal) in zip(rows.tolist(), best, strict=True):
                found.score[row], found.training[row], found.view[row], found.equal[row] = score, number, view, equal
            if advance is not None:
                advance(min(_AT_ONCE, n - at))
    return found


_Pairs = list[tuple[int, int, bool]]  # row of a training image, view, framed


def _candidates(queries: Fingerprints, training: Fingerprints, usable: NDArray[np.int64]) -> list[_Pairs]:
    """Return for each image the training images whose low frequencies are most like its own, in any view."""
    import faiss

    found: list[_Pairs] = [[] for _ in range(len(queries))]
    k = min(CANDIDATES, len(usable))
    for is_framed, (own, all_base) in enumerate(((queries.plain, training.plain), (queries.framed, training.framed))):
        base = np.ascontiguousarray(all_base[usable].reshape(len(usable), FREQUENCIES**2))
        near, rows = [], []
        for view in range(len(CHANGES)):
            turned = np.ascontiguousarray(in_view(own, view).reshape(len(own), -1), np.float32)
            values, places = faiss.knn(turned, base, k, metric=faiss.METRIC_INNER_PRODUCT)
            near.append(values)
            rows.append(places)
        values, places = np.concatenate(near, axis=1), np.concatenate(rows, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")[:, :k]
        for row, best in enumerate(order):
            found[row] += [(int(usable[places[row, at]]), int(at) // k, bool(is_framed)) for at in best.tolist()]
    return found


def _best(image: Picture, training: Fingerprints, pairs: _Pairs) -> tuple[float, int, int, bool]:
    best = (-2.0, -1, 0, False)
    for number, view, is_framed in pairs:
        turned, original = cast("Picture", turn(image, view)), training.thumbnails[number]
        if int(np.abs(turned.astype(np.int16) - original).max()) <= _EQUAL:
            return 1.0, number, view, True
        pictures = (framed(turned), framed(original)) if is_framed else (turned, original)
        score = likeness(*pictures, scaled=is_framed)
        if score > best[0]:
            best = (score, number, view, False)
    return best
