"""Scores of predicted classes, for many repetitions and many weightings of the held-out images at once.

The definitions are scikit-learn's, so that single numbers agree with it: precision and F1 are 0 where nothing was
predicted, and scores over all classes are plain means of those of the classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OVERALL = ("accuracy", "balanced_accuracy", "precision", "f1")
BY_CLASS = ("precision", "recall", "f1")


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of confusion matrices of shape (..., classes, classes).

    Attributes
    ----------
    overall : dict of str to ndarray, shape (...)
        ``accuracy``, ``balanced_accuracy`` (the mean recall), ``precision``, ``f1``.
    by_class : dict of str to ndarray, shape (..., classes)
        ``precision``, ``recall``, ``f1``.
    """

    overall: dict[str, Floats]
    by_class: dict[str, Floats]


def confusions(truth: NDArray[np.integer], probabilities: NDArray[np.floating], groups: NDArray[np.integer]) -> Floats:
    """Count what was predicted for each class, group by group.

    Parameters
    ----------
    truth : ndarray of int, shape (n,)
    probabilities : ndarray, shape (repeats, n, classes)
    groups : ndarray of int, shape (n,)
        From 0.

    Returns
    -------
    ndarray of float64, shape (groups, repeats, classes, classes)
        The true class is the last axis but one.
    """
    repeats, _, classes = probabilities.shape
    found = np.zeros((int(groups.max()) + 1, repeats, classes, classes))
    predicted = probabilities.argmax(axis=2)
    for repeat in range(repeats):
        np.add.at(found[:, repeat], (groups, truth, predicted[repeat]), 1.0)
    return found


def scores(confusion: Floats) -> Scores:
    """Return the scores of confusion matrices, shape (..., classes, classes); recall is NaN where a class is absent."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    given, predicted = confusion.sum(axis=-1), confusion.sum(axis=-2)
    recall = np.divide(right, given, out=np.full(right.shape, np.nan), where=given > 0)
    precision = np.divide(right, predicted, out=np.zeros(right.shape), where=predicted > 0)
    both = given + predicted
    f1 = np.divide(2 * right, both, out=np.zeros(right.shape), where=both > 0)
    total = given.sum(axis=-1)
    accuracy = np.divide(right.sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    present = given > 0
    count = np.maximum(present.sum(axis=-1), 1)
    balanced = np.where(present, recall, 0).sum(axis=-1) / count
    overall = {
        "accuracy": accuracy,
        "balanced_accuracy": balanced,
        "precision": np.where(present, precision, 0).sum(axis=-1) / count,
        "f1": np.where(present, f1, 0).sum(axis=-1) / count,
    }
    return Scores(overall, {"precision": precision, "recall": recall, "f1": f1})


def area_under_curve(positive: NDArray[np.bool_], ranks: NDArray[np.floating], weights: Floats) -> Floats:
    """Return the area under the ROC curve of one class against the others, for each weighting.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
    ranks : ndarray, shape (n,)
        Probability of the class; ties count half.
    weights : ndarray, shape (rounds, n)

    Returns
    -------
    ndarray of float64, shape (rounds,)
        NaN where the weighting leaves one side empty.
    """
    order = np.argsort(ranks, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(ranks[order]) > 0])
    sorted_weights = weights[:, order]
    ours = np.add.reduceat(np.where(positive[order], sorted_weights, 0.0), starts, axis=1)
    others = np.add.reduceat(np.where(positive[order], 0.0, sorted_weights), starts, axis=1)
    below = np.cumsum(others, axis=1) - others / 2
    pairs = ours.sum(axis=1) * others.sum(axis=1)
    won = (ours * below).sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0), np.float64)
