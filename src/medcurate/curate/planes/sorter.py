"""The plane classifier: semi-supervised, calibrated, and optionally starting from a trained model."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_random_state, validate_data

UNLABELED = -1
_COPY = 1e-3
"""Distance, in units of the neighbor kernel's width, below which images count as copies."""


class Prior(Protocol):
    """Interface of a trained model as prior of a sorter, such as `medcurate.curate.planes.model.PlaneModel`."""

    @property
    def classes(self) -> NDArray[np.int64]:
        """Class codes, ascending."""

    @property
    def gamma(self) -> float:
        """Parameter of the Gaussian kernel, > 0."""

    @property
    def sharpness(self) -> float:
        """Factor of the scores in the softmax, > 0."""

    @property
    def radius(self) -> float:
        """Typical distance between neighbors, > 0."""

    def decision(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return one score per class, shape (n, n_classes), near 1 for the class and -1 for the others."""


class PlaneSorter(ClassifierMixin, BaseEstimator):
    """Classify the plane of slices from features, with few labels or none.

    Three steps, each cheap:

    1. *Prior.* A trained model scores every image (zero without a prior).
    2. *Labels.* Kernel ridge regression on the residual of the labels from the prior: with a prior this is the
       posterior mean of a Gaussian process whose prior mean is the trained model (Rasmussen and Williams, 2006, section
       2.7). One label per plane already has an effect; thousands override the prior near them.
    3. *Neighbors.* The probabilities of unlabeled images are averaged with those of their nearest neighbors in feature
       space (label spreading; Zhou et al., 2004), weighted by a kernel of fixed width, so that an image without close
       neighbors keeps its own. Labels are fixed.

    Parameters
    ----------
    prior : Prior, optional
        Trained model. Without one, at least one labeled sample is needed.
    ridge : float
        Regularization of the label step, > 0.
    locality : float
        Locality of labels compared with the prior, > 0: factor of the prior's gamma in the label step. Without a prior
        it has no effect.
    spread : float
        Total weight of the neighbors compared with the image's own score, >= 0; 0 disables the step.
    n_neighbors : int
        Number of neighbors per image.
    width : float
        Width of the neighbor kernel in units of the typical distance between neighbors in the training set of the prior
        (or, without prior, among the samples).
    agreement : float
        Gain in certainty from close neighbors, >= 0. An average over neighbors is less certain than their joint
        evidence; this value is added to the exponent of the probabilities at full neighbor weight.
    max_samples : int
        Largest number of images in the neighbor graph; beyond that, a random subset is used, which bounds memory.
    random_state : int, RandomState instance or None
        For the random subset if there are more than `max_samples` images.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes of the prior, or the labels in `y` (without -1).
    n_features_in_ : int
        Number of features seen by `fit`.

    Notes
    -----
    In `y`, -1 means unlabeled, as in `sklearn.semi_supervised`, if `y` has an integer type and contains another label.
    """

    def __init__(
        self,
        prior: Prior | None = None,
        *,
        ridge: float = 0.2,
        locality: float = 4.0,
        spread: float = 8.0,
        n_neighbors: int = 12,
        width: float = 0.7,
        agreement: float = 2.5,
        max_samples: int = 6000,
        random_state: Any = 0,
    ) -> None:
        self.prior = prior
        self.ridge = ridge
        self.locality = locality
        self.spread = spread
        self.n_neighbors = n_neighbors
        self.width = width
        self.agreement = agreement
        self.max_samples = max_samples
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit the classifier to labeled and unlabeled images.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
        y : array-like of shape (n,)
            Class of each row; -1 if unknown.

        Returns
        -------
        PlaneSorter
            The fitted classifier.

        Raises
        ------
        ValueError
            If no row is labeled and there is no prior, or a label is not a class of the prior.
        """
        points, answers = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(answers)
        labeled, codes = self._encode(answers)
        self._gamma, self._sharpness = self._scale(points)
        self._centers = points[labeled]
        self._coef = self._residual(self._centers, codes[labeled])
        self._remember(points, labeled, codes)
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return log probabilities, shape (n, n_classes); for two classes shape (n,), positive for the second."""
        logs: NDArray[np.float64] = np.log(np.maximum(self.predict_proba(X), 1e-300))
        return logs[:, 1] - logs[:, 0] if len(self.classes_) == 2 else logs

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, shape (n, n_classes)."""
        check_is_fitted(self)
        points = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        own = self._own(points)
        if self._graph is None:
            return own
        distance, neighbor = self._graph.kneighbors(points)
        weight = self._weigh(distance)
        mixed = self._mix(own, weight, self._beliefs[neighbor])
        total = self.spread * weight.mean(axis=1, keepdims=True)
        mixed **= 1 + self.agreement * total / (1 + total)
        return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each row, shape (n,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def _encode(self, y: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return a mask of the labeled rows, and the class code of each."""
        known = np.ones(len(y), bool)
        if np.issubdtype(y.dtype, np.integer) and (self.prior is not None or len(np.unique(y)) > 2):
            known = y != UNLABELED
        if self.prior is not None:
            self.classes_ = np.asarray(self.prior.classes)
        else:
            self.classes_ = np.unique(y[known])
        if self.prior is None and len(self.classes_) < 2:
            raise ValueError(f"PlaneSorter needs labels of at least 2 classes, received {len(self.classes_)} class")
        strange = np.setdiff1d(y[known], self.classes_)
        if len(strange):
            raise ValueError(f"y: expected the classes {self.classes_.tolist()} or -1, received {strange.tolist()}")
        codes = np.searchsorted(self.classes_, np.where(known, y, self.classes_[0]))
        return known, codes

    def _scale(self, X: NDArray[Any]) -> tuple[float, float]:
        """Return the kernel's gamma and the sharpness of the probabilities, from the prior or the spread of X."""
        if self.prior is not None:
            return self.locality * self.prior.gamma, self.prior.sharpness
        spread = float(X.var(axis=0, dtype=np.float64).sum())
        return (1.0 / spread if spread > 0 else 1.0), 3.0

    def _residual(self, centers: NDArray[Any], codes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Fit the residual of the labels from the prior."""
        target = 2.0 * np.eye(len(self.classes_))[codes] - 1.0 - self._prior_scores(centers)
        if not len(centers):
            return target
        kernel = rbf_kernel(centers, gamma=self._gamma).astype(np.float64)
        kernel[np.diag_indices_from(kernel)] += self.ridge
        return np.asarray(np.linalg.solve(kernel, target))

    def _prior_scores(self, X: NDArray[Any]) -> NDArray[np.float64]:
        if self.prior is None:
            return np.zeros((len(X), len(self.classes_)))
        return self.prior.decision(X)

    def _own(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probabilities of each row without its neighbors."""
        scores = self._prior_scores(X)
        if len(self._centers):
            scores = scores + rbf_kernel(X, self._centers, gamma=self._gamma) @ self._coef
        scores = self._sharpness * (scores - scores.max(axis=1, keepdims=True))
        odds = np.exp(scores)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def _remember(self, X: NDArray[Any], labeled: NDArray[np.bool_], codes: NDArray[np.int64]) -> None:
        """Build the neighbor graph and iterate label spreading to convergence."""
        self._graph = None
        if self.spread <= 0 or len(X) < 2:
            return
        rows = self._sample(len(X), labeled)
        points = X[rows]
        count = min(self.n_neighbors, len(points) - 1)
        graph = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(points)
        distance, neighbor = graph.kneighbors()  # a point is not its own neighbor
        own_radius = float(np.median(distance)) or 1.0
        self._radius = self.width * (self.prior.radius if self.prior is not None else own_radius)
        weight = self._weigh(distance)
        own = self._own(points)
        fixed = labeled[rows]
        own[fixed] = np.eye(len(self.classes_))[codes[rows][fixed]]
        beliefs = own.copy()
        for _ in range(20):
            beliefs = self._mix(own, weight, beliefs[neighbor])
            beliefs[fixed] = own[fixed]
        self._graph, self._beliefs = graph, beliefs

    def _sample(self, count: int, labeled: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Choose the rows of the graph, labeled ones first."""
        if count <= self.max_samples:
            return np.arange(count)
        order = check_random_state(self.random_state).permutation(count)
        order = order[np.argsort(~labeled[order], kind="stable")]
        return np.sort(order[: self.max_samples])

    def _weigh(self, distance: NDArray[Any]) -> NDArray[np.float64]:
        """Return the weights of neighbors, shape (n, n_neighbors): decreasing with distance, and zero for copies."""
        relative = distance / self._radius
        return np.asarray(np.where(relative < _COPY, 0.0, np.exp(-(relative**2))), np.float64)

    def _mix(
        self, own: NDArray[np.float64], weight: NDArray[np.float64], beliefs: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Average each row's own probabilities with those of its neighbors."""
        share = self.spread * weight / weight.shape[1]
        mixed = own + np.einsum("ij,ijk->ik", share, beliefs)
        return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))
