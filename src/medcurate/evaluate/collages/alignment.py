"""Lay windows of generated images upon windows of real ones, many at once, and correlate them.

Gauss-Newton steps of the correlation itself, with the gradients of the window that stays (inverse composition: Baker
and Matthews, Lucas-Kanade 20 years on, 2004; the correlation: Evangelidis and Psarakis, 2008). `likeness` does this for
one pair of whole pictures; windows are tens of thousands of pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.collages.descriptors import VIEWS
from medcurate.evaluate.collages.sampling import DOWN, RIGHT, normalized, sampled
from medcurate.evaluate.collages.search import Candidates
from medcurate.evaluate.collages.windows import Bands, Floats, Indices, Windows, bands

STEPS = 4
_AT_ONCE = 1024  # windows: with at most four real images each in memory
_DAMPING = 0.01
_SHIFT = 4.0  # farthest from where the search found the window (pixels)
_AREA = (0.7, 1.45)  # of the window in the real image over that in the generated one
_LEAST = 0.3  # correlation from which on the step is what theory says

Maps = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Aligned:
    """Correlation of each window with its candidates.

    Attributes
    ----------
    score : ndarray of float32, shape (n, k)
        In [-1, 1]; -1 where there is no candidate.
    maps : ndarray of float32, shape (n, k, 2, 3)
        Takes a place from the center of the window, (right, down, 1), to (x, y) in the real image (pixels).
    """

    score: Floats
    maps: Maps


def aligned(pictures: Bands, windows: Windows, real: NDArray[np.uint8], found: Candidates) -> Aligned:
    """Lay each window upon its candidates: turned, scaled, shifted and sheared, starting from where they were found."""
    n, k = found.row.shape
    score, maps = np.full((n, k), -1, np.float32), np.zeros((n, k, 2, 3), np.float32)
    across, along = (np.asarray(np.gradient(pictures, axis=axis), np.float32) for axis in (2, 1))
    for at in range(0, n, _AT_ONCE):
        rows = np.arange(at, min(at + _AT_ONCE, n))
        still = _Still.of(pictures, along, across, windows, rows)
        used, place = np.unique(found.row[rows], return_inverse=True)
        upon, place = bands(real[used]), place.reshape(len(rows), k)
        for column in range(k):
            there = np.flatnonzero(found.row[rows, column] >= 0)
            chosen = rows[there]
            start = _start(found, chosen, column)
            result = _laid(still.take(there), upon, place[there, column], start)
            score[chosen, column], maps[chosen, column] = result
    return Aligned(score, maps)


@dataclass(frozen=True, slots=True)
class _Still:
    """Windows that stay: their pixels, the changes that a small move makes, and the solver of the normal equations."""

    pixels: Floats
    moves: Floats
    solver: Floats

    @classmethod
    def of(cls, pictures: Bands, along: Bands, across: Bands, windows: Windows, rows: Indices) -> _Still:
        image, y, x = windows.image[rows], windows.y[rows, None] + DOWN, windows.x[rows, None] + RIGHT
        raw = sampled(pictures, image, y, x)
        raw -= raw.mean(axis=1, keepdims=True)
        length = np.linalg.norm(raw, axis=1, keepdims=True) + 1e-6
        pixels = raw / length
        down, right = (sampled(each, image, y, x) / length for each in (along, across))
        moves = np.stack([right * RIGHT, right * DOWN, right, down * RIGHT, down * DOWN, down], axis=1)
        moves -= moves.mean(axis=2, keepdims=True)
        moves -= (moves @ pixels[:, :, None]) * pixels[:, None]
        normal = moves @ moves.transpose(0, 2, 1)
        scale = np.einsum("nkk->nk", normal)[:, :, None] * _DAMPING + 1e-6
        return cls(pixels, moves, np.linalg.inv(normal + scale * np.eye(6, dtype=np.float32)))

    def take(self, rows: Indices) -> _Still:
        return _Still(self.pixels[rows], self.moves[rows], self.solver[rows])


def _start(found: Candidates, rows: Indices, column: int) -> Maps:
    """Return the maps that undo the view of each candidate."""
    mirrored, degrees = (np.array(each, np.float32)[found.view[rows, column]] for each in zip(*VIEWS, strict=True))
    angle, sign = np.deg2rad(degrees), 1 - 2 * mirrored
    maps = np.empty((len(rows), 2, 3), np.float32)
    maps[:, 0, 0], maps[:, 0, 1], maps[:, 0, 2] = np.cos(angle) * sign, np.sin(angle), found.x[rows, column]
    maps[:, 1, 0], maps[:, 1, 1], maps[:, 1, 2] = -np.sin(angle) * sign, np.cos(angle), found.y[rows, column]
    return maps


def _laid(still: _Still, real: Bands, row: Indices, start: Maps) -> tuple[Floats, Maps]:
    """Return the best correlation on the way, and its map."""
    maps, best, score = start.copy(), start.copy(), np.full(len(row), -1, np.float32)
    for step in range(STEPS + 1):
        x, y = (maps[:, axis, :1] * RIGHT + maps[:, axis, 1:2] * DOWN + maps[:, axis, 2:] for axis in (0, 1))
        moved = normalized(sampled(real, row, y, x))
        correlation = np.einsum("np,np->n", moved, still.pixels)
        better = (correlation > score) & _allowed(maps, start)
        score[better], best[better] = correlation[better], maps[better]
        if step < STEPS:
            error = moved / np.maximum(correlation, _LEAST)[:, None] - still.pixels
            maps = _composed(maps, (still.solver @ (still.moves @ error[:, :, None]))[:, :, 0])
    return score, best


def _allowed(maps: Maps, start: Maps) -> NDArray[np.bool_]:
    area = np.abs(maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0])
    near = (np.abs(maps[:, :, 2] - start[:, :, 2]) <= _SHIFT).all(axis=1)
    return np.asarray(near & (area >= _AREA[0]) & (area <= _AREA[1]))


def _composed(maps: Maps, move: Floats) -> Maps:
    """Apply the inverse of a small move before each map."""
    small = np.zeros((len(maps), 3, 3), np.float32)
    small[:, :2] = np.clip(move, -3, 3).reshape(-1, 2, 3)
    small[:, [0, 1, 2], [0, 1, 2]] += 1
    regular = np.abs(np.linalg.det(small)) > 0.1
    small[~regular] = np.eye(3, dtype=np.float32)
    return np.asarray(maps @ np.linalg.inv(small), np.float32)
