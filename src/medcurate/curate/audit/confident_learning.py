"""Find probably wrong labels from out-of-sample probabilities.

Confident learning (Northcutt, Jiang and Chuang, JAIR 2021, https://doi.org/10.1613/jair.1.12125): an image counts
toward another class if the probability of that class reaches its mean over the images labeled with it. The counts,
scaled to the number of labels per class, estimate how many labels are wrong, and their true classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SLACK = 1e-9  # the mean of equal numbers can exceed them by rounding


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Result of confident learning for n labels of m classes.

    Attributes
    ----------
    margin : ndarray of float, shape (n,)
        In [-1, 1]; low values are suspect. For one model: probability of the given class minus that of the most
        probable other.
    suggested : ndarray of int, shape (n,)
        The most probable class other than the given one.
    flagged : ndarray of bool, shape (n,)
        Labels that both pruning methods would remove.
    joint : ndarray of float, shape (m, m)
        Estimated number of images that are labeled with one class (row) and belong to another (column).
    """

    margin: NDArray[np.float64]
    suggested: NDArray[np.intp]
    flagged: NDArray[np.bool_]
    joint: NDArray[np.float64]

    def order(self, ties: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return the labels, most suspect first: by margin, then by `ties`.

        Flagged labels are not ranked first, because a class of which models are never certain would precede clearer
        cases.
        """
        return np.lexsort((ties, self.margin))


def suspect(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> Suspicion:
    """Compare labels with out-of-sample probabilities.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Classes from 0; each of the m classes has at least one label.
    probabilities : ndarray, shape (n, m)
        By models that were not trained on the image or its group; rows sum to 1.

    Raises
    ------
    ValueError
        If the shapes do not match, or a class has no label.
    """
    given = np.asarray(labels, np.intp)
    p = np.asarray(probabilities, np.float64)
    if p.ndim != 2 or p.shape[0] != len(given):
        raise ValueError(f"expected probabilities of shape ({len(given)}, classes), received {p.shape}")
    counts = np.bincount(given, minlength=p.shape[1])
    if len(counts) != p.shape[1] or not counts.all():
        raise ValueError(f"expected labels of each of {p.shape[1]} classes, received the counts {counts.tolist()}")
    own = p[np.arange(len(given)), given]
    others = p.copy()
    others[np.arange(len(given)), given] = -1.0
    suggested = others.argmax(axis=1)
    believed = _believed(given, p, own)
    joint = _joint(given, believed, counts)
    pruned = _by_noise_rate(given, p, own, joint)
    return Suspicion(own - others.max(axis=1), suggested, pruned & (believed >= 0) & (believed != given), joint)


def _believed(given: NDArray[np.intp], p: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the most probable class whose threshold an image reaches; -1 if there is none."""
    thresholds = np.array([own[given == number].mean() for number in range(p.shape[1])])
    reached = np.where(p >= thresholds - _SLACK, p, -1.0)
    return np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), -1)


def _joint(given: NDArray[np.intp], believed: NDArray[np.intp], counts: NDArray[np.integer]) -> NDArray[np.float64]:
    confident = believed >= 0
    joint = np.zeros((len(counts), len(counts)))
    np.add.at(joint, (given[confident], believed[confident]), 1.0)
    rows = joint.sum(axis=1, keepdims=True)
    none = np.eye(len(counts))  # labels of a class without a confident image are taken as right
    return np.asarray(np.where(rows > 0, joint / np.maximum(rows, 1.0), none) * counts[:, None])


def _by_noise_rate(
    given: NDArray[np.intp], p: NDArray[np.float64], own: NDArray[np.float64], joint: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Mark, for each pair of classes, the estimated number of wrong labels, those with the largest margin."""
    pruned = np.zeros(len(given), bool)
    for row in range(len(joint)):
        members = np.flatnonzero(given == row)
        for column in range(len(joint)):
            wrong = round(float(joint[row, column])) if row != column else 0
            if wrong:
                margin = p[members, column] - own[members]
                pruned[members[np.argsort(-margin, kind="stable")[:wrong]]] = True
    return pruned
