"""Which windows of generated images repeat a window of a real image, and how much of an image repeats one real image.

A window is not a repeat because it is like a real one: smooth windows are like many. It is a repeat where one patient
stands out, as a match of key points is trusted where the second best is much worse (Lowe, Distinctive image features
from scale-invariant keypoints, 2004). Blur, noise and little variety bring the best and the second best equally near.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.collages.alignment import Maps, aligned
from medcurate.evaluate.collages.search import candidates
from medcurate.evaluate.collages.windows import Floats, Indices, Windows, bands, informative

LEAST_CORRELATION = 0.9
"""Below it, a window repeats nothing."""
MARGIN = 3.0
"""How many times nearer the best patient has to be than the next one (1 - correlation)."""
_NEAREST = 0.002  # difference from 1 below which correlations are not told apart: rounding and interpolation
_TOGETHER = 3.0  # how far windows of one piece may lie from where the map of another puts them (pixels of 64)


@dataclass(frozen=True, slots=True)
class Repeats:
    """The best match of each window of a set of pictures.

    Attributes
    ----------
    windows : Windows
    row : ndarray of int64, shape (n,)
        The real image; -1 where there is none.
    maps : ndarray of float32, shape (n, 2, 3)
        See `alignment.Aligned`.
    score : ndarray of float32, shape (n,)
        Correlation with the best match.
    repeated : ndarray of bool, shape (n,)
    """

    windows: Windows
    row: Indices
    maps: Maps
    score: Floats
    repeated: NDArray[np.bool_]

    def of(self, image: int) -> Indices:
        """Return the windows of a picture."""
        return np.flatnonzero(self.windows.image == image)

    def take(self, images: Indices) -> Repeats:
        """Return those of some pictures, which may be named again, numbered anew in this order."""
        rows = [self.of(image) for image in images.tolist()]
        every = np.concatenate([np.zeros(0, np.int64), *rows])
        number = np.repeat(np.arange(len(images)), [len(each) for each in rows])
        windows = Windows(number, self.windows.y[every], self.windows.x[every])
        return Repeats(windows, self.row[every], self.maps[every], self.score[every], self.repeated[every])


def find_repeats(
    pictures: NDArray[np.uint8], real: NDArray[np.uint8], patients: Indices, own: Indices | None = None
) -> Repeats:
    """Search every informative window of pictures among real images.

    Parameters
    ----------
    pictures, real : ndarray of uint8, shape (n, 64, 64) and (m, 64, 64)
    patients : ndarray of int64, shape (m,)
        Of the real images.
    own : ndarray of int64, shape (n,), optional
        Patient of each picture, whose real images are passed over; -1 for none.
    """
    windows = informative(pictures)
    seen = bands(pictures)
    found = candidates(seen, windows, real, patients, own)
    laid = aligned(seen, windows, real, found)
    if not len(windows):
        none = np.zeros(0, np.float32)
        return Repeats(windows, np.zeros(0, np.int64), laid.maps[:, 0], none, np.zeros(0, bool))
    best, every = laid.score.argmax(axis=1), np.arange(len(windows))
    score = laid.score[every, best]
    rest = laid.score.copy()
    rest[every, best] = -1
    margin = (1 - rest.max(axis=1)) / np.maximum(1 - score, _NEAREST)
    repeated = (score >= LEAST_CORRELATION) & (margin >= MARGIN)
    return Repeats(windows, found.row[every, best], laid.maps[every, best], score, repeated)


@dataclass(frozen=True, slots=True)
class Piece:
    """The largest part of a picture that is taken from one real image.

    Attributes
    ----------
    share : float
        Of the informative windows of the picture.
    row : int
        The real image; -1 where there is none.
    """

    share: float
    row: int


def largest_piece(repeats: Repeats, image: int) -> Piece:
    """Return the most windows of a picture that one map takes to one real image, at least one of them a repeat."""
    rows = repeats.of(image)
    best = Piece(0.0, -1)
    y, x = repeats.windows.y[rows], repeats.windows.x[rows]
    for seed in rows[repeats.repeated[rows]].tolist():
        right, down = x - repeats.windows.x[seed], y - repeats.windows.y[seed]
        there = repeats.maps[seed] @ np.stack([right, down, np.ones_like(right)])
        off = np.abs(repeats.maps[rows, :, 2] - there.T).max(axis=1)
        near = off <= _TOGETHER + 0.1 * np.hypot(right, down)  # a map that was found on one window is not exact
        share = float((near & (repeats.row[rows] == repeats.row[seed])).mean())
        if share > best.share:
            best = Piece(share, int(repeats.row[seed]))
    return best
