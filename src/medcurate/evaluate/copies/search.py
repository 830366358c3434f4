"""For each image the one of many that is most like it, as it is, mirrored or turned by a quarter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.copies.spectra import Spectra, Table
from medcurate.evaluate.privacy.fingerprints import CHANGES, in_view

_CELLS = 1 << 19  # of a table of likenesses that is in memory at a time


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
    blocks = _by_parity(others.values)
    step = max(1, _CELLS // len(others))
    for at in range(0, n, step):
        rows = np.arange(at, min(at + step, n))
        likeness = _in_any_view(queries.values[rows], blocks)
        if apart is not None:
            likeness[apart[0][rows, None] == apart[1][None]] = -1
        if excused is not None:
            own = np.flatnonzero(excused[rows] >= 0)
            likeness[own, excused[rows][own]] = -1
        place = likeness.argmax(axis=1)
        value = likeness[np.arange(len(rows)), place]
        there = rows[value > -1]
        best.likeness[there], best.row[there] = np.minimum(value, 1)[value > -1], place[value > -1]
    found = np.flatnonzero(best.row >= 0)
    best.view[found] = _views(queries.values[found], others.values[best.row[found]])
    _mark_equal(best, queries, others, apart)
    return best


def _nothing(
    n: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    return np.full(n, -1, np.float32), np.full(n, -1, np.int64), np.zeros(n, np.int64), np.zeros(n, bool)


def _by_parity(values: Table) -> list[Table]:
    """Return the frequencies that are even or odd in rows and in columns, four tables of shape (n, f * f / 4)."""
    return [
        np.ascontiguousarray(values[:, row::2, column::2]).reshape(len(values), -1)
        for row in (0, 1)
        for column in (0, 1)
    ]


def _in_any_view(queries: Table, others: list[Table]) -> Table:
    """Return the largest likeness of any view, shape (queries, others).

    A mirror image has the odd frequencies of one axis with the other sign: so the products of the four tables, added
    with four sets of signs, give four views, and those of the transposed images the other four.
    """
    found = []
    for turned in (queries, queries.transpose(0, 2, 1)):
        even, of_columns, of_rows, odd = (one @ other.T for one, other in zip(_by_parity(turned), others, strict=True))
        found += [even + odd + np.abs(of_columns + of_rows), even - odd + np.abs(of_columns - of_rows)]
    return np.asarray(np.max(found, axis=0), np.float32)


def _views(queries: Table, others: Table) -> NDArray[np.int64]:
    """Return the view in which each query is most like its partner."""
    likeness = [(in_view(queries, view) * others).sum(axis=(1, 2)) for view in range(len(CHANGES))]
    return np.argmax(likeness, axis=0) if len(queries) else np.empty(0, np.int64)


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
