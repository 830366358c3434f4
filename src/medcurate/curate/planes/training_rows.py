"""The rows of one input that the plane classifier is trained on, and its predictions, a part of the scan at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.planes.table import CLASSES, NONE, Part, PlaneTable
from medcurate.curate.planes.voting import vote

MAX_UNLABELED = 6_000
MAX_TAUGHT = 600  # lines per class: a dense solve of these takes a moment
CHUNK = 1024


class Classifier(Protocol):
    """Interface of the result of `medcurate.curate.planes.model.adapt`."""

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.floating]:
        """Return the probabilities of `CLASSES`, shape (n, 4)."""


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Features to train on.

    Attributes
    ----------
    unlabeled : ndarray, shape (n, n_features)
    labeled : ndarray, shape (m, n_features)
    planes : ndarray of int, shape (m,)
        Index into `CLASSES` of each labeled vector.
    """

    unlabeled: NDArray[np.float32]
    labeled: NDArray[np.float32]
    planes: NDArray[np.int64]


def training_rows(parts: Iterable[Part], table: PlaneTable, *, limit: int = MAX_TAUGHT) -> TrainingRows:
    """Gather labeled rows, rows with a plane in their header, and a sample of the rest.

    Samples are chosen by the hash of the pixels. So they do not depend on names or order, copies count once, and their
    number does not grow with the input.

    Parameters
    ----------
    limit : int
        Labeled lines per class, at most; the user's labels come first, and the middle of a volume before the rest.
    """
    usable = table.shown & table.described
    by_user = table.label != NONE
    truth = np.where(by_user, table.label, table.header)
    taught = np.zeros(len(truth), bool)
    for code in range(len(CLASSES)):
        given = sample(table, usable & (table.label == code), limit)
        taught |= given | sample(table, usable & ~by_user & (table.header == code), limit - int(given.sum()))
    features, rows = gather(parts, taught | sample(table, usable & table.undecided, MAX_UNLABELED))
    rank = _from_the_middle(rows)
    kept = np.flatnonzero(~taught[rows] & (rank == 0))
    chosen = []
    for code in range(len(CLASSES)):
        lines = np.flatnonzero(taught[rows] & (truth[rows] == code))
        order = np.lexsort((table.ids[rows[lines]], rank[lines], ~by_user[rows[lines]]))
        chosen.append(np.sort(lines[order][:limit]))
    known = np.concatenate(chosen)
    return TrainingRows(features[kept], features[known], truth[rows[known]].astype(np.int64))


def _from_the_middle(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank the vectors of each row by their distance to its middle one, which has rank 0 (`rows` ascends)."""
    first, count = np.unique(rows, return_index=True, return_counts=True)[1:]
    place = np.arange(len(rows)) - np.repeat(first, count)
    return np.asarray(np.abs(place - np.repeat(count // 2, count)))


def sample(table: PlaneTable, among: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Return a mask of at most `count` distinct images, those with the smallest hash, shape ``(n_rows,)``."""
    rows = np.flatnonzero(among)
    rows = rows[np.unique(table.ids[rows], return_index=True)[1]][: max(0, count)]  # unique sorts by hash
    chosen = np.zeros(len(among), bool)
    chosen[rows] = True
    return chosen


def gather(parts: Iterable[Part], wanted: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the feature lines of the wanted rows, and the row of each line, both in order."""
    features: list[NDArray[np.float32]] = []
    rows: list[NDArray[np.int64]] = []
    width = 0
    for part in parts:
        width = part.features.shape[1]
        row = np.asarray(part.feature_row) + part.first_row
        lines = np.flatnonzero(wanted[row])
        features.append(part.features[lines].astype(np.float32))
        rows.append(row[lines])
    if not rows:
        return np.zeros((0, width), np.float32), np.zeros(0, np.int64)
    return np.concatenate(features), np.concatenate(rows)


def predict(parts: Iterable[Part], wanted: NDArray[np.bool_], classifier: Classifier) -> NDArray[np.float32]:
    """Return the probabilities of `CLASSES` of each row; rows that are not wanted or have no features are ``other``.

    A volume has several slices, which vote.

    Returns
    -------
    ndarray, shape (n_rows, 4)
    """
    answers = np.zeros((len(wanted), len(CLASSES)), np.float32)
    answers[:, -1] = 1.0
    for part in parts:
        row = np.asarray(part.feature_row) + part.first_row
        lines = np.flatnonzero(wanted[row])
        if len(lines):
            chunks = [lines[first : first + CHUNK] for first in range(0, len(lines), CHUNK)]
            said = [classifier.predict_proba(part.features[chunk].astype(np.float32)) for chunk in chunks]
            pooled, rows = pool(np.concatenate(said), row[lines])
            answers[rows] = pooled
    return answers


def pool(probabilities: NDArray[np.floating], rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return one prediction per row, by vote of its lines or as their mean where they disagree; and the rows."""
    distinct, first, line = np.unique(rows, return_index=True, return_inverse=True)
    if len(distinct) == len(rows):
        return np.asarray(probabilities, np.float64), distinct
    decided, voted = vote(probabilities, line, np.arange(len(rows)))
    mean = np.zeros((len(distinct), probabilities.shape[1]))
    np.add.at(mean, line, probabilities)
    mean /= np.bincount(line)[:, None]
    return np.where(voted[first, None], decided[first], mean), distinct
