"""For each image the one of many that is most like it, as it is, mirrored or turned by a quarter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.copies.spectra import Spectra
from medcurate.evaluate.privacy.fingerprints import CHANGES, in_view

_CELLS = 1 << 22  # of a table of likenesses that is in memory at a time


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The closest image of each image.

    Attributes
    ----------
    likeness : ndarray of float32, shape (n,)
        In [-1, 1], see `best_matches`; -1 where there is nothing to compare with.
    row : ndarray of int64, shape (n,)
        Row of the closest image; -1 where there is none.
    view : ndarray of int64, shape (n,)
        What turns the image into the closest one, see `medcurate.evaluate.privacy.fingerprints.CHANGES`.
    equal : ndarray of bool, shape (n,)
        Some image has the same gray values, as it is.
    """

    likeness: NDArray[np.float32]
    row: NDArray[np.int64]
    view: NDArray[np.int64]
    equal: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.row)


def best_matches(
    queries: Spectra,
    others: Spectra,
    *,
    apart: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    excused: NDArray[np.int64] | None = None,
) -> Matches:
    """Find the closest image of each image, in eight views.

    The likeness of two images is the correlation of their spectra: near 0 for images that have nothing in common,
    about 0.5 for the closest slices of two people, and above 0.9 for copies that were compressed, blurred (by a
    Gaussian of 2 pixels of 64), made brighter, mirrored or turned by a quarter, or that have noise of 6 % of the gray
    range. Copies that were shifted, scaled or turned by a few degrees can be missed; the part ``privacy`` looks for
    those.

    Parameters
    ----------
    apart : tuple of two ndarray of int64, optional
        Group of each query and of each of the others: images of one group are not compared.
    excused : ndarray of int64, shape (n,), optional
        Row of the image that each query may be like (-1 for none): it counts only where it is equal.
    """
    n, best = len(queries), Matches(*_nothing(len(queries)))
    if not len(others) or not n:
        return best
    flat = others.values.reshape(len(others), -1).T
    step = max(1, _CELLS // len(others))
    for view in range(len(CHANGES)):
        seen = np.asarray(in_view(queries.values, view), np.float32).reshape(n, -1)
        for at in range(0, n, step):
            rows = slice(at, min(at + step, n))
            likeness = seen[rows] @ flat
            if apart is not None:
                likeness[apart[0][rows, None] == apart[1][None]] = -1
            if excused is not None:
                own = np.flatnonzero(excused[rows] >= 0)
                likeness[own, excused[rows][own]] = -1
            _keep_better(best, at, likeness, view)
    _mark_equal(best, queries, others, apart)
    return best


def _nothing(
    n: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    return np.full(n, -1, np.float32), np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, bool)


def _keep_better(best: Matches, at: int, likeness: NDArray[np.float32], view: int) -> None:
    place = likeness.argmax(axis=1)
    value = np.minimum(likeness[np.arange(len(place)), place], 1)
    rows = at + np.flatnonzero(value > best.likeness[at : at + len(place)])
    best.likeness[rows], best.row[rows], best.view[rows] = value[rows - at], place[rows - at], view


def _mark_equal(
    best: Matches, queries: Spectra, others: Spectra, apart: tuple[NDArray[np.int64], NDArray[np.int64]] | None
) -> None:
    """Let an equal image take the place of the closest one, also where both show nothing."""
    places: dict[bytes, list[int]] = {}
    for place, digest in enumerate(others.digests.tolist()):
        places.setdefault(digest, []).append(place)
    for row, digest in enumerate(queries.digests.tolist()):
        for place in places.get(digest, ()):
            if apart is None or apart[0][row] != apart[1][place]:
                best.likeness[row], best.row[row], best.view[row], best.equal[row] = 1, place, 0, True
                break
