"""The classic classifier: features, a kernel map, and logistic regression.

The features of an encoder are standardized and mapped by Nystroem's method (Williams and Seeger, 2001) to a space in
which a linear model has the boundaries of a Gaussian kernel. Both are learned once, from unlabeled real training
images, and are the same for every training set. Logistic regression is convex and solved to its optimum: no training
set gets there by more steps than another.
"""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders import Encoder
from medcurate.evaluate.downstream.classifier import Representation
from medcurate.parallel.blas_threads import limit_blas_threads

_LANDMARKS = 512
_SAMPLE = 2_000  # real images that the map is learned from
_DISTANCES = 500
_INVERSE_PENALTY = 100.0  # so weak that repeating the images, which weakens it, changes little
_STEPS = 500  # far more than it takes
_BLOCK = 256


class Classic:
    """Features, kernel map, logistic regression.

    Parameters
    ----------
    real : ndarray of uint8, shape (n, size, size)
        Real training images; their classes are not looked at.
    """

    name = "classic"

    def __init__(self, encoder: Encoder, real: NDArray[np.uint8], *, seed: int) -> None:
        from scipy.spatial.distance import pdist
        from sklearn.kernel_approximation import Nystroem
        from sklearn.preprocessing import StandardScaler

        rows = np.random.default_rng((seed, 3)).permutation(len(real))[:_SAMPLE]
        features = encoder.encode(real[np.sort(rows)])
        self._encoder = encoder
        self._scaler = StandardScaler().fit(features)
        scaled = self._scaler.transform(features)
        distance = float(np.median(pdist(scaled[:_DISTANCES], "sqeuclidean"))) if len(scaled) > 1 else 1.0
        landmarks = min(_LANDMARKS, len(scaled))
        self._map = Nystroem(gamma=1 / max(distance, 1e-12), n_components=landmarks, random_state=seed)
        with _one_thread():
            self._map.fit(scaled)
        self.settings: dict[str, Any] = {
            "model": self.name,
            "encoder": encoder.name,
            "kernel": f"Gaussian, {landmarks} landmarks among the real training images",
            "inverse_penalty": _INVERSE_PENALTY,
            "steps": "to the optimum",
        }

    def represent(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return features in the space of the kernel, shape (n, landmarks)."""
        found = np.empty((len(images), self._map.components_.shape[0]), np.float32)
        for at in range(0, len(images), _BLOCK):
            scaled = self._scaler.transform(self._encoder.encode(images[at : at + _BLOCK]))
            with _one_thread():
                found[at : at + _BLOCK] = self._map.transform(scaled)
        return found

    def predict(
        self, images: Representation, labels: NDArray[np.int64], test: Representation, *, classes: int, seed: int
    ) -> NDArray[np.float32]:
        """Train, and return the probability of each class, shape (n_test, classes)."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=_STEPS, random_state=seed)
        with _one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(images, labels)
            found = np.zeros((len(test), classes), np.float32)
            found[:, model.classes_] = model.predict_proba(test)
        return found


def _one_thread() -> AbstractContextManager[Any]:
    """Let products use one thread: on tables of this size threads wait for each other longer than they work."""
    return limit_blas_threads(1)
