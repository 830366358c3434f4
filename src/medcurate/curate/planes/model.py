"""Trained plane models, bundled or by users: arrays and JSON in one ``.npz``, without pickle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar

from medcurate.curate.measures import plane_features
from medcurate.curate.measures.plane_features import N_FEATURES
from medcurate.curate.planes.sorter import UNLABELED, PlaneSorter
from medcurate.curate.planes.table import CLASSES
from medcurate.errors import UsageError
from medcurate.run_folder import atomic_write

BUNDLED = "plane_model.npz"
OTHER = CLASSES.index("other")

_SCHEMA = 1
_LANDMARKS = 6000
_BREADTH = 1.0
_RIDGE = 0.1
_BLOCK = 1024
_NEIGHBORS = 12
_NO_EVIDENCE = -0.4
_TURN_DOUBT = 0.5  # score from which an image is accepted upright
_TURN_COST_RARE, _TURN_COST_COMMON = 0.6, 0.1
_TURN_LOST, _TURN_CLEAR, _TURN_SHARE = 0.2, 0.5, 0.05  # fraction that shows that rotated images are common in a folder
_CALIBRATION_ROWS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class PlaneModel:
    """Kernel ridge regression on landmarks (Nystroem; Williams and Seeger, 2001), one score per class of `CLASSES`.

    Attributes
    ----------
    landmarks : ndarray of float32, shape (m, N_FEATURES)
    coef : ndarray of float32, shape (m, 4)
    gamma : float
        Parameter of the Gaussian kernel ``exp(-gamma * distance**2)``.
    sharpness : float
        Factor of the scores in the softmax, calibrated on unseen sources.
    radius : float
        Typical distance between neighbors in the training set.
    card : mapping
        Description of the training data, as JSON values.
    turn_cost : float
        Additional score that an image rotated by 90, 180 or 270 degrees needs, compared with upright, to be accepted as
        rotated; see `expecting_turns`.
    """

    landmarks: NDArray[np.float32]
    coef: NDArray[np.float32]
    gamma: float
    sharpness: float
    radius: float
    card: Mapping[str, Any] = field(default_factory=dict)
    turn_cost: float = _TURN_COST_RARE

    @property
    def classes(self) -> NDArray[np.int64]:
        """Class codes: indices into `CLASSES`."""
        return np.arange(len(CLASSES))

    def decision(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return one score per class, shape (n, 4): near 1 for the class, near -1 for the others.

        A plane with a score below -0.4 has no evidence in its favor, so the score of ``other`` is never lower than that
        of such a plane. Far from all training data the scores are 0: undecided.
        """
        X = np.asarray(X, np.float32)
        scores = self._upright(X)
        doubtful = np.flatnonzero(scores[:, :OTHER].max(axis=1) < _TURN_DOUBT)
        if len(doubtful):
            scores[doubtful] = self._best_turn(X[doubtful], scores[doubtful])
        scores[:, OTHER] = np.maximum(scores[:, OTHER], _NO_EVIDENCE)
        return scores

    def expecting_turns(self, X: NDArray[Any]) -> PlaneModel:
        """Return the model with the rotation cost for these images: rotation is typical of folders, not of images.

        Parameters
        ----------
        X : ndarray, shape (n, N_FEATURES)
            The images of one input.
        """
        X = np.asarray(X, np.float32)
        upright = self._upright(X)[:, :OTHER].max(axis=1)
        lost = np.flatnonzero(upright < _TURN_LOST)
        if not len(lost):
            return self
        turned = np.max(
            [self._upright(quarter)[:, :OTHER].max(axis=1) for quarter in plane_features.turn(X[lost])], axis=0
        )
        share = np.count_nonzero(turned - upright[lost] > _TURN_CLEAR) / len(X)
        return replace(self, turn_cost=_TURN_COST_COMMON) if share > _TURN_SHARE else self

    def _upright(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Score images upright."""
        blocks = [
            _kernel(X[start : start + _BLOCK], self.landmarks, self.gamma) @ self.coef
            for start in range(0, len(X), _BLOCK)
        ]
        return np.asarray(np.concatenate(blocks) if blocks else np.zeros((0, len(CLASSES))), np.float64)

    def _best_turn(self, X: NDArray[np.float32], upright: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score each image upright or rotated, whichever shows a plane more clearly."""
        best, evidence = (
            upright.copy(),
            upright.max(axis=1),
        )  # also for ``other``: an image without a brain has none when rotated
        for quarter in plane_features.turn(X):
            scores = self._upright(quarter)
            clarity = scores[:, :OTHER].max(axis=1)
            better = (clarity - self.turn_cost > evidence) & (clarity > scores[:, OTHER])
            best[better], evidence[better] = scores[better], clarity[better] - self.turn_cost
        return best

    def save(self, path: Path | str) -> None:
        """Write the model to one ``.npz`` file, atomically."""
        save(self, Path(path))


def adapt(
    model: PlaneModel,
    unlabeled: NDArray[np.float32],
    labeled: NDArray[np.float32],
    planes: NDArray[np.int64],
    seed: int,
) -> PlaneSorter:
    """Adapt a model to one input.

    Parameters
    ----------
    model : PlaneModel
        Model to start from.
    unlabeled, labeled : ndarray, shape (n, N_FEATURES) and (m, N_FEATURES)
        Features of the input's images without and with a known plane.
    planes : ndarray of int, shape (m,)
        Class of each labeled image, an index into `CLASSES`.
    seed : int
        Seed for the selection of images of the neighbor graph, if there are many.

    Returns
    -------
    PlaneSorter
        A fitted sorter with the classes of the model.
    """
    X = np.concatenate([np.asarray(labeled, np.float32), np.asarray(unlabeled, np.float32)])
    y = np.concatenate([np.asarray(planes, np.int64), np.full(len(unlabeled), UNLABELED)])
    return PlaneSorter(model.expecting_turns(X), random_state=seed).fit(X, y)


def train(
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    *,
    sources: Sequence[str],
    seed: int,
    landmarks: int = _LANDMARKS,
    sharpen: float = 1.0,
    card: Mapping[str, Any] | None = None,
) -> PlaneModel:
    """Train a model that generalizes to unseen sources.

    Parameters
    ----------
    X : ndarray of float32, shape (n, N_FEATURES)
    y : ndarray of int, shape (n,)
        Index into `CLASSES`.
    sources : sequence of str
        Source of each row. The probabilities are calibrated with leave-one-source-out models.
    seed : int
        Seed for the selection of landmarks.
    landmarks : int
        Number of landmarks.
    sharpen : float
        Factor of the calibrated sharpness, > 1 if the training images are harder than later ones.
    card : mapping, optional
        Description of the training data, stored with the model.
    """
    rng = np.random.default_rng(seed)
    names = np.asarray(sources)
    gamma = _BREADTH / float(X.var(axis=0, dtype=np.float64).sum())
    sharpness = sharpen * _calibrate(X, y, names, gamma, rng, min(landmarks, 1500))
    kept, coef = _ridge(X, y, gamma, rng, landmarks)
    return PlaneModel(kept, coef, gamma, sharpness, _radius(X, rng), dict(card or {}))


def fit(labeled: NDArray[np.float32], planes: NDArray[np.int64], seed: int) -> PlaneModel:
    """Train a user's model on the labeled images of one input.

    Parameters
    ----------
    labeled : ndarray, shape (m, N_FEATURES)
    planes : ndarray of int, shape (m,)
        Index into `CLASSES`; at least two different ones.
    seed : int
        Seed of the splits for the calibration.

    Raises
    ------
    UsageError
        If there are fewer than two planes.
    """
    if len(np.unique(planes)) < 2:
        raise UsageError(f"a plane model needs images of at least two planes, received {len(np.unique(planes))}")
    folds = np.random.default_rng(seed).integers(0, 5, len(planes)).astype(str)
    counts = {name: int((planes == index).sum()) for index, name in enumerate(CLASSES)}
    X = np.asarray(labeled, np.float32)
    return train(X, np.asarray(planes), sources=folds.tolist(), seed=seed, card={"images": counts, "by": "the user"})


def save(model: PlaneModel, path: Path) -> None:
    """Write a model to one ``.npz`` file, atomically; the same model gives the same bytes."""
    header = {
        "schema": _SCHEMA,
        "features": plane_features.version(),
        "classes": list(CLASSES),
        "gamma": model.gamma,
        "sharpness": model.sharpness,
        "radius": model.radius,
        "card": dict(model.card),
    }
    text = json.dumps(header, sort_keys=True).encode()
    with atomic_write(path) as stream:
        np.savez(
            stream,
            header=np.frombuffer(text, np.uint8),
            landmarks=model.landmarks.astype(np.float16),
            coef=model.coef.astype(np.float32),
        )


def load(path: Path) -> PlaneModel:
    """Load a model that `save` wrote.

    Raises
    ------
    UsageError
        If the file is missing, is not a plane model, or belongs to other features.
    """
    try:
        with path.open("rb") as stream:
            return _read(stream)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise UsageError(
            f"{path.name}: expected a plane model written by --fit-model, received a file that cannot be read as one "
            f"({error}). Check the path, or train the model again."
        ) from error


@cache
def load_bundled() -> PlaneModel:
    """Load the model that ships with medcurate; its card is in the documentation."""
    with files("medcurate.curate.planes").joinpath(BUNDLED).open("rb") as stream:
        return _read(stream)


def _read(stream: IO[bytes]) -> PlaneModel:
    with np.load(stream, allow_pickle=False) as stored:
        header = json.loads(stored["header"].tobytes())
        landmarks, coef = stored["landmarks"].astype(np.float32), stored["coef"].astype(np.float32)
    if header["schema"] != _SCHEMA or header["features"] != plane_features.version():
        raise ValueError(f"made for features {header['features']}, these are {plane_features.version()}")
    if landmarks.shape != (len(coef), N_FEATURES) or coef.shape[1:] != (len(CLASSES),):
        raise ValueError(f"arrays of shape {landmarks.shape} and {coef.shape}")
    if not (np.isfinite(landmarks).all() and np.isfinite(coef).all()):
        raise ValueError("values that are not finite")
    return PlaneModel(
        landmarks,
        coef,
        gamma=float(header["gamma"]),
        sharpness=float(header["sharpness"]),
        radius=float(header["radius"]),
        card=header["card"],
    )


def _kernel(X: NDArray[np.float32], Z: NDArray[np.float32], gamma: float) -> NDArray[np.float32]:
    """Return the Gaussian kernel of two sets of rows in single precision, unlike scikit-learn's."""
    exponent = X @ (np.float32(2 * gamma) * Z.T)
    exponent -= np.float32(gamma) * np.einsum("ij,ij->i", X, X)[:, None]
    exponent -= np.float32(gamma) * np.einsum("ij,ij->i", Z, Z)
    np.minimum(exponent, 0, out=exponent)
    return np.exp(exponent, out=exponent)


def _ridge(
    X: NDArray[np.float32], y: NDArray[np.int64], gamma: float, rng: np.random.Generator, count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Solve for the weights of the landmarks, in blocks of rows."""
    chosen = np.sort(rng.choice(len(X), min(count, len(X)), replace=False))
    kept = X[chosen].astype(np.float16).astype(np.float32)  # the stored precision
    inner = _kernel(kept, kept, gamma).astype(np.float64)
    gram = np.zeros_like(inner)
    right = np.zeros((len(kept), len(CLASSES)))
    target = 2.0 * np.eye(len(CLASSES))[y] - 1.0
    for start in range(0, len(X), _BLOCK):
        kernel = _kernel(X[start : start + _BLOCK], kept, gamma)
        gram += kernel.T @ kernel
        right += kernel.T @ target[start : start + _BLOCK]
    gram += _RIDGE * inner
    gram[np.diag_indices_from(gram)] += 1e-3
    return kept, cho_solve(cho_factor(gram, overwrite_a=True), right).astype(np.float32)


def _calibrate(
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    sources: NDArray[Any],
    gamma: float,
    rng: np.random.Generator,
    count: int,
) -> float:
    """Return the softmax sharpness with the highest likelihood on unseen sources (temperature; Guo et al., 2017)."""
    scores, truth = [], []
    for source in np.unique(sources):
        out = sources == source
        if out.all() or len(np.unique(y[~out])) < 2:
            continue
        kept, coef = _ridge(X[~out], y[~out], gamma, rng, count)
        some = np.flatnonzero(out)[:_CALIBRATION_ROWS]
        scores.append(_kernel(X[some], kept, gamma) @ coef)
        truth.append(y[some])
    if not scores:
        return 3.0
    weights = np.concatenate([np.full(len(part), 1 / len(part)) for part in truth])
    return _sharpest(np.concatenate(scores).astype(np.float64), np.concatenate(truth), weights)


def _sharpest(scores: NDArray[np.float64], truth: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    def surprise(sharpness: float) -> float:
        logits = sharpness * scores
        logits -= logits.max(axis=1, keepdims=True)
        chance = logits[np.arange(len(truth)), truth] - np.log(np.exp(logits).sum(axis=1))
        return -float(weights @ chance)

    return float(minimize_scalar(surprise, bounds=(0.5, 6.0), method="bounded").x)


def _radius(X: NDArray[np.float32], rng: np.random.Generator) -> float:
    """Return the median distance of a row to its nearest neighbors among 4,000 rows."""
    from sklearn.neighbors import NearestNeighbors

    some = X[rng.choice(len(X), min(4000, len(X)), replace=False)]
    distance, _ = NearestNeighbors(n_neighbors=min(_NEIGHBORS, len(some) - 1), algorithm="brute").fit(some).kneighbors()
    return float(np.median(distance)) or 1.0
