"""Out-of-sample class probabilities: the model has seen neither the image nor its group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

FOLDS = 5
_MAX_TRAIN = 8_000  # largest number of training images per fold; the cost grows with its cube
_SHARPNESS = 2.0  # of the kernel, divided by the median squared distance
_RIDGE = 0.3  # strong enough not to memorize single wrong labels
_DECIMALS = 4
_SAMPLE = 1_000


def predict_held_out(
    features: NDArray[np.float32],
    labels: NDArray[np.integer],
    groups: NDArray[np.integer],
    *,
    seed: int = 0,
    after_fold: Callable[[], None] | None = None,
) -> NDArray[np.float64]:
    """Return class probabilities per image, by models trained on other groups.

    Kernel ridge regression on the one-hot labels (a Gaussian kernel), in five folds that keep groups whole and classes
    balanced; a multinomial logistic regression with few parameters converts its out-of-sample scores to probabilities.

    Parameters
    ----------
    features : ndarray, shape (n, d)
    labels : ndarray of int, shape (n,)
        Classes from 0, each of which occurs.
    groups : ndarray of int, shape (n,)
        Images of one group (a patient, copies) are never in both training and test.
    seed : int
        Seed of the assignment of groups to folds.
    after_fold : callable, optional
        Called after each fold.

    Returns
    -------
    ndarray of float, shape (n, classes)
        Rounded to 4 digits, so that results do not depend on the last bits of a product.

    Raises
    ------
    UsageError
        If there are fewer than two classes, or a class has fewer than two groups.
    """
    from sklearn.linear_model import LogisticRegression

    n_folds = _check(labels, groups)
    scores = np.zeros((len(labels), int(labels.max()) + 1))
    gamma = _SHARPNESS / _median_distance(features, seed)
    for fold in _folds(labels, groups, n_folds, seed):
        held_out = np.zeros(len(labels), bool)
        held_out[fold] = True
        scores[held_out] = _fit_predict(features, labels, held_out, gamma, seed)
        if after_fold is not None:
            after_fold()
    calibrator = LogisticRegression(C=1e3, max_iter=1000).fit(scores, labels)
    return np.asarray(calibrator.predict_proba(scores).round(_DECIMALS), np.float64)


def _check(labels: NDArray[np.integer], groups: NDArray[np.integer]) -> int:
    """Return the number of folds that the classes allow."""
    sizes = [len(np.unique(groups[labels == number])) for number in range(int(labels.max(initial=-1)) + 1)]
    if len(sizes) < 2 or min(sizes) < 2:
        raise UsageError(
            "an audit needs images of at least two tumor types, and of each from at least two patients (or images "
            f"that are not copies of each other); the types here have {', '.join(map(str, sizes)) or 'none'}"
        )
    return min(FOLDS, *sizes)


def _folds(labels: NDArray[np.integer], groups: NDArray[np.integer], n_folds: int, seed: int) -> list[NDArray[np.intp]]:
    """Assign whole groups to folds, largest first, each to the fold where its classes are rarest so far."""
    inverse = np.unique(groups, return_inverse=True)[1]
    content = np.zeros((int(inverse.max()) + 1, int(labels.max()) + 1))
    np.add.at(content, (inverse, labels), 1.0)
    content /= content.sum(axis=0)
    shuffled = np.random.default_rng(seed).permutation(len(content))
    order = shuffled[np.argsort(-content.max(axis=1)[shuffled], kind="stable")]
    held = np.zeros((n_folds, content.shape[1]))
    fold_of = np.zeros(len(content), np.intp)
    for group in order:
        fold_of[group] = fold = int((held @ content[group] + 1e-9 * held.sum(axis=1)).argmin())
        held[fold] += content[group]
    return [np.flatnonzero(fold_of[inverse] == fold) for fold in range(n_folds)]


def _median_distance(features: NDArray[np.float32], seed: int) -> float:
    from scipy.spatial.distance import pdist

    chosen = np.random.default_rng(seed).permutation(len(features))[:_SAMPLE]
    return max(float(np.median(pdist(features[chosen], "sqeuclidean"))), 1e-12)


def _fit_predict(
    features: NDArray[np.float32],
    labels: NDArray[np.integer],
    held_out: NDArray[np.bool_],
    gamma: float,
    seed: int,
) -> NDArray[np.float64]:
    from sklearn.kernel_ridge import KernelRidge

    train = np.flatnonzero(~held_out)
    if len(train) > _MAX_TRAIN:
        train = np.sort(np.random.default_rng(seed).choice(train, _MAX_TRAIN, replace=False))
    classes = int(labels.max()) + 1
    model = KernelRidge(kernel="rbf", gamma=gamma, alpha=_RIDGE)
    model.fit(features[train], np.eye(classes)[labels[train]] - 1 / classes)
    wanted = np.flatnonzero(held_out)
    parts = [model.predict(features[wanted[at : at + 4096]]) for at in range(0, len(wanted), 4096)]
    return np.concatenate(parts) if parts else np.zeros((0, classes))
