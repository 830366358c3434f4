"""What the plane classifier learns from in one input, and its answers, a part of the scan at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.plane_table import CLASSES, NONE, Part, PlaneTable
from medcurate.curate.voting import vote

MAX_UNLABELED = 6_000
MAX_HEADER = 1_000  # a plane
MAX_LABELED = 4_000  # a class
CHUNK = 1024


class Classifier(Protocol):
    """What `medcurate.curate.plane_model.adapt` returns."""

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.floating]:
        """Return the probabilities of `CLASSES`, shape (n, 4)."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What there is to learn from.

    Attributes
    ----------
    unlabeled : ndarray, shape (n, n_features)
    labeled : ndarray, shape (m, n_features)
    planes : ndarray of int, shape (m,)
        Index into `CLASSES` of each labeled line.
    """

    unlabeled: NDArray[np.float32]
    labeled: NDArray[np.float32]
    planes: NDArray[np.int64]


def lessons(parts: Iterable[Part], table: PlaneTable) -> Lessons:
    """Gather the user's labels, header planes, and a sample of the rest.

    The samples are chosen by the hash of the pixels: they do not depend on names or order, copies count once, and their
    number does not grow with the input.
    """
    usable = table.shown & table.described
    truth = np.where(table.label != NONE, table.label, table.header)
    taught = np.zeros(len(truth), bool)
    for plane in range(len(CLASSES)):
        taught |= sample(table, usable & (table.label == plane), MAX_LABELED)
        taught |= sample(table, usable & (table.label == NONE) & (table.header == plane), MAX_HEADER)
    features, rows = gather(parts, taught | sample(table, usable & table.undecided, MAX_UNLABELED))
    known = taught[rows]
    return Lessons(features[~known], features[known], truth[rows[known]].astype(np.int64))


def sample(table: PlaneTable, among: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Mark at most `count` different images, those with the smallest hash, shape ``(n_rows,)``."""
    rows = np.flatnonzero(among)
    rows = rows[np.unique(table.ids[rows], return_index=True)[1]][:count]  # unique sorts by hash
    chosen = np.zeros(len(among), bool)
    chosen[rows] = True
    return chosen


def gather(parts: Iterable[Part], wanted: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the feature lines of the wanted rows, and the row of each line."""
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
    """Return the probabilities of `CLASSES` of each row; rows not wanted or without features are ``other``.

    Several slices of one volume are several lines; they vote.

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
    """Return one answer a row from those of its lines, and the rows: a vote, or the mean where they disagree."""
    distinct, first, line = np.unique(rows, return_index=True, return_inverse=True)
    if len(distinct) == len(rows):
        return np.asarray(probabilities, np.float64), distinct
    decided, voted = vote(probabilities, line, np.arange(len(rows)))
    mean = np.zeros((len(distinct), probabilities.shape[1]))
    np.add.at(mean, line, probabilities)
    mean /= np.bincount(line)[:, None]
    return np.where(voted[first, None], decided[first], mean), distinct
