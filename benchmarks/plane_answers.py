"""What `PlaneSorter` answers for images of one input, taken the way that `sort-planes` takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, bootstrap, calibration_error, share
from medcurate.curate import defaults
from medcurate.curate.measures.plane_features import N_FEATURES, describe, reduce
from medcurate.curate.planes.model import PlaneModel, adapt
from medcurate.curate.planes.table import UNKNOWN, choose

SURE = 0.9
ECE_BINS = 15
DECIDED = "right, `unknown` counted as wrong"
LIKELIEST = "likeliest plane right"


@dataclass(frozen=True, slots=True)
class Answers:
    """Probabilities of axial, coronal, sagittal and other, shape (n, 4), and the true planes, shape (n,)."""

    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]

    def right(self, min_confidence: float = defaults.MIN_CONFIDENCE) -> NDArray[np.bool_]:
        """Say which planes are right; ``unknown`` never is."""
        return choose(self.probabilities, min_confidence)[0] == self.truth

    def best_right(self) -> NDArray[np.bool_]:
        """Say whether the likeliest plane is right, were there no ``unknown``."""
        return self.probabilities[:, :UNKNOWN].argmax(axis=1) == self.truth

    def accepted(self, min_confidence: float) -> NDArray[np.bool_]:
        """Say which images get a plane."""
        return choose(self.probabilities, min_confidence)[0] != UNKNOWN

    def rows(self) -> NDArray[np.float64]:
        """Return confidence, likeliest plane right, sure, sure and right: shape (n, 4)."""
        confidence = choose(self.probabilities, 0.0)[1]
        return np.column_stack([confidence, self.best_right(), self.accepted(SURE), self.right(SURE)]).astype(float)


def raw_features(images: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Describe images, before the principal components; shape (n, N_RAW)."""
    return np.stack([describe(image) for image in images])


def features(images: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """Return the features of images with the rounding that a scan stores them with; shape (n, N_FEATURES)."""
    return as_stored(raw_features(images)) if images else np.zeros((0, N_FEATURES), np.float32)


def as_stored(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shorten descriptions to features, rounded to 16 bits as a scan stores them."""
    return reduce(raw).astype(np.float16).astype(np.float32)


def without_labels(
    model: PlaneModel, X: NDArray[np.float32], others: NDArray[np.float32] | None = None, *, seed: int = 0
) -> NDArray[np.float64]:
    """Return the probabilities of images of one input without labels, to which the model adapts first.

    Parameters
    ----------
    X : ndarray of float32, shape (n, N_FEATURES)
        The images to answer for.
    others : ndarray of float32, shape (m, N_FEATURES), optional
        Further images of the input.
    """
    both = X if others is None else np.concatenate([X, others])
    sorter = adapt(model, both, X[:0], np.zeros(0, np.int64), seed)
    return np.asarray(sorter.predict_proba(X), np.float64)


def calibration(name: str, groups: Sequence[Answers], **targets: Any) -> list[Figure]:
    """Measure calibration and abstention over sources that weigh the same.

    Returns
    -------
    list of Figure
        Expected calibration error, and at confidence 0.9 the share accepted and the share of these that is right.
    """
    rows = [answers.rows() for answers in groups]
    n = sum(map(len, rows))
    found = []
    for text, statistic, unit, target in (
        ("expected calibration error", _ece, "", {"at_most": 0.02}),
        (f"accepted at {SURE}", _accepted, "%", {"at_least": 95.0}),
        (f"right of the accepted at {SURE}", _right, "%", {"at_least": 99.5}),
    ):
        low, high = bootstrap(rows, statistic, seed=0)
        value = statistic(rows)
        found.append(Figure(name=text, column=name, value=value, low=low, high=high, n=n, unit=unit, **target))
    return found


def accuracy(name: str, answers: Answers) -> list[Figure]:
    """Measure the accuracy of one source: as the program decides, and with the likeliest plane always taken."""
    decided = share(name, answers.right(), column=DECIDED)
    best = share(name, answers.best_right(), column=LIKELIEST)
    known = share(name, answers.accepted(defaults.MIN_CONFIDENCE), column="given a plane")
    return [decided, best, known]


def _weights(rows: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.full(len(group), 1 / len(group)) for group in rows])


def _ece(rows: Sequence[NDArray[np.float64]]) -> float:
    together = np.concatenate(rows)
    return calibration_error(together[:, 0], together[:, 1], _weights(rows), bins=ECE_BINS)


def _accepted(rows: Sequence[NDArray[np.float64]]) -> float:
    return 100 * float(np.mean([group[:, 2].mean() for group in rows]))


def _right(rows: Sequence[NDArray[np.float64]]) -> float:
    accepted = sum(group[:, 2].mean() for group in rows)
    return 100 * float(sum(group[:, 3].mean() for group in rows) / accepted) if accepted else 0.0
