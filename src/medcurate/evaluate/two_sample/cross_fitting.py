"""Judge every image by a classifier that has seen neither it nor another image of its patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from medcurate.evaluate.two_sample.classifiers import classifier

_THREADS_FROM = 5_000_000  # values; with fewer, threads wait for each other longer than they work


def cross_fitted(
    features: NDArray[np.float32], labels: NDArray[np.int64], fold: NDArray[np.int64], *, name: str, seed: int
) -> NDArray[np.float64]:
    """Return the probability of each class for each image, from classifiers trained on the other folds.

    Parameters
    ----------
    features : ndarray of float32, shape (n, d)
    labels : ndarray of int64, shape (n,)
        0, 1, ...; every class is in more than one fold.
    fold : ndarray of int64, shape (n,)
    name : str
        Of the classifier.

    Returns
    -------
    ndarray of float64, shape (n, classes)
    """
    found = np.empty((len(features), int(labels.max()) + 1))
    with threadpool_limits(1 if features.size < _THREADS_FROM else None):
        for one in np.unique(fold).tolist():
            held = fold == one
            model = classifier(name, seed).fit(features[~held], labels[~held])
            found[held] = model.predict_proba(features[held])
    return found
