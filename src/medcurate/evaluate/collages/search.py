"""For each window the most similar windows of real images, one per patient, by their descriptors.

Exact within the places and views that are tried: matrix products block by block, so that memory does not grow with the
number of real images. A piece is searched near its place in the image (and in its mirror image), as a collage that
moves pieces farther is no head any more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.evaluate.collages.descriptors import PLACES, VIEWS, described, described_everywhere
from medcurate.evaluate.collages.windows import SIDE, WINDOW, Bands, Floats, Indices, Windows, bands

CANDIDATES = 4
"""Patients with whose windows a window is compared pixel by pixel."""
REACH = 7
"""How far from its place a piece is searched (pixels of 64)."""
_BLOCK = 256  # real images at a time
_ANGLES = len(VIEWS) // 2
_CODE = 0xFF  # the lowest bits of a similarity, in which place and view are noted

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The most similar windows of each window.

    Attributes
    ----------
    row : ndarray of int64, shape (n, k)
        Of a real image; -1 where there is none. No two of one patient.
    y, x : ndarray of float32, shape (n, k)
        Center of its window (pixels).
    view : ndarray of int64, shape (n, k)
        Number in `descriptors.VIEWS`.
    """

    row: Indices
    y: Floats
    x: Floats
    view: Indices


def candidates(
    pictures: Bands, windows: Windows, real: NDArray[np.uint8], patients: Indices, own: Indices | None = None
) -> Candidates:
    """Search the windows of pictures among those of real images.

    Parameters
    ----------
    pictures : ndarray of float32, shape (n, 64, 64)
        See `windows.bands`.
    real : ndarray of uint8, shape (m, 64, 64)
    patients : ndarray of int64, shape (m,)
        Of the real images.
    own : ndarray of int64, shape (n,), optional
        Patient of each picture, whose real images are passed over.
    """
    views = list(described(pictures, windows))
    order = np.argsort(patients, kind="stable")
    best = _Best.none(len(windows))
    for at in range(0, len(order), _BLOCK):
        rows = order[at : at + _BLOCK]
        table = described_everywhere(bands(real[rows]))
        for chosen in _by_place(windows):
            similar = _most_similar(table, windows, chosen, [view[chosen] for view in views])
            if own is not None:
                similar[patients[rows][:, None] == own[windows.image[chosen]][None]] = 0
            best.add(chosen, similar, rows, patients[rows])
    return _decoded(windows, best)


@dataclass(slots=True)
class _Best:
    code: Codes
    row: Indices
    patient: Indices

    @classmethod
    def none(cls, n: int) -> _Best:
        shape = n, CANDIDATES
        return cls(np.zeros(shape, np.int32), np.full(shape, -1, np.int64), np.full(shape, -1, np.int64))

    def add(self, chosen: Indices, similar: Codes, rows: Indices, patients: Indices) -> None:
        """Take over the best of a block, one per patient; `patients` ascends."""
        starts = np.flatnonzero(np.r_[True, np.diff(patients) > 0])
        of_patient = np.maximum.reduceat(similar, starts, axis=0)
        most = min(CANDIDATES, len(starts))
        top = np.argpartition(-of_patient, most - 1, axis=0)[:most]
        columns = np.arange(len(chosen))
        code, row, patient = [self.code[chosen]], [self.row[chosen]], [self.patient[chosen]]
        for place in top:
            value, who = of_patient[place, columns], patients[starts[place]]
            hit = (similar == value) & (patients[:, None] == who)
            code.append(value[:, None])
            row.append(rows[hit.argmax(axis=0)][:, None])
            patient.append(who[:, None])
        self._keep(chosen, np.concatenate(code, axis=1), np.concatenate(row, axis=1), np.concatenate(patient, axis=1))

    def _keep(self, chosen: Indices, code: Codes, row: Indices, patient: Indices) -> None:
        order = np.argsort(-code, axis=1, kind="stable")
        code, patient = np.take_along_axis(code, order, axis=1), np.take_along_axis(patient, order, axis=1)
        row = np.take_along_axis(row, order, axis=1)
        for column in range(1, code.shape[1]):  # a patient whose images lie in two blocks
            again = (patient[:, :column] == patient[:, column, None]).any(axis=1)
            code[again, column] = 0
        order = np.argsort(-code, axis=1, kind="stable")[:, :CANDIDATES]
        self.code[chosen] = np.take_along_axis(code, order, axis=1)
        self.row[chosen] = np.take_along_axis(row, order, axis=1)
        self.patient[chosen] = np.take_along_axis(patient, order, axis=1)


def _by_place(windows: Windows) -> list[Indices]:
    """Return the windows of each place in the picture."""
    key = windows.y * SIDE + windows.x
    order = np.argsort(key, kind="stable")
    return [each for each in np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(each)]


def _near(y: float, x: float, mirrored: bool) -> tuple[Indices, Indices]:
    """Return the rows and columns of `PLACES` that are within reach."""
    centers = PLACES + (WINDOW - 1) / 2
    found = (np.abs(centers - middle) <= REACH for middle in (y, SIDE - 1 - x if mirrored else x))
    row, column = np.meshgrid(*map(np.flatnonzero, found), indexing="ij")
    return row.ravel(), column.ravel()


def _most_similar(table: Floats, windows: Windows, chosen: Indices, views: list[Floats]) -> Codes:
    """Return the similarity of the windows of one place to each real image: shape (m, windows).

    The bits of a float that is not negative are ordered as it is, so that the place and view of the best can be noted
    in the lowest ones, and one maximum finds both.
    """
    y, x = float(windows.y[chosen[0]]), float(windows.x[chosen[0]])
    n, m = len(chosen), table.shape[2]
    best = np.zeros((m, n), np.int32)
    first = 0
    for mirrored in (False, True):
        row, column = _near(y, x, mirrored)
        mine = np.concatenate(views[_ANGLES * mirrored : _ANGLES * (mirrored + 1)])
        similar = table[row, column].reshape(len(row) * m, -1) @ mine.T
        np.maximum(similar, 0, out=similar)
        coded = similar.view(np.int32).reshape(len(row), m, _ANGLES, n)
        coded &= ~_CODE
        coded |= first + np.arange(len(row) * _ANGLES, dtype=np.int32).reshape(len(row), 1, _ANGLES, 1)
        np.maximum(best, coded.max(axis=0).max(axis=1), out=best)
        first += len(row) * _ANGLES
    return best


def _decoded(windows: Windows, best: _Best) -> Candidates:
    y, x = np.zeros(best.code.shape, np.float32), np.zeros(best.code.shape, np.float32)
    view = np.zeros(best.code.shape, np.int64)
    for chosen in _by_place(windows):
        code = best.code[chosen] & _CODE
        at = float(windows.y[chosen[0]]), float(windows.x[chosen[0]])
        sides = [_near(*at, mirrored) for mirrored in (False, True)]
        row, column = (np.concatenate([np.repeat(side[axis], _ANGLES) for side in sides]) for axis in (0, 1))
        numbers = [np.tile(np.arange(_ANGLES) + _ANGLES * side, len(sides[side][0])) for side in (0, 1)]
        view[chosen] = np.concatenate(numbers)[code]
        y[chosen], x[chosen] = ((PLACES[each[code]] + (WINDOW - 1) / 2).astype(np.float32) for each in (row, column))
    found = np.where(best.code > 0, best.row, -1)
    return Candidates(found, y, x, view)
