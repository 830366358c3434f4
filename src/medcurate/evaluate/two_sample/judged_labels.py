"""A classifier trained on real images judges synthetic labels (GAN-test: Shmelkov, Schmid & Alahari, ECCV 2018)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from medcurate.evaluate.design.bootstrap import ROUNDS, bootstrap_interval
from medcurate.evaluate.two_sample.classifiers import classifier as make
from medcurate.results import Metric

LEAST = 10
"""Training images of a class below which no classifier learns it."""
FEW = 5
"""Classes with fewer images than this get no agreement."""

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class LabeledFeatures:
    """Images with their labels.

    Attributes
    ----------
    features : ndarray of float32, shape (n, d)
    names : sequence of str or None, length n
        None where not known.
    groups : sequence or None
        Patient of each image; None where every image stands alone.
    """

    features: Features
    names: Sequence[str | None]
    groups: Sequence[object] | None = None

    def of(self, classes: Sequence[str]) -> LabeledFeatures:
        """Return the images of these classes."""
        rows = [row for row, name in enumerate(self.names) if name in classes]
        groups = None if self.groups is None else [self.groups[row] for row in rows]
        return LabeledFeatures(self.features[rows], [self.names[row] for row in rows], groups)


def label_agreement(
    train: LabeledFeatures,
    test: LabeledFeatures,
    synthetic: LabeledFeatures,
    *,
    label: str = "tumor",
    classifier: str = "trees",
    rounds: int = ROUNDS,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
) -> list[Metric]:
    """Return how often a classifier that was trained on real images agrees with the labels of synthetic images.

    Parameters
    ----------
    train, test, synthetic : Labeled
        Real training images, held-out real images, synthetic images.
    label : str
        What the classes mean.
    classifier : str
        See `medcurate.evaluate.two_sample.classifiers.classifier`.
    rounds : int
        Draws of the bootstrap.
    settings : mapping, optional
        Recorded with the values.

    Returns
    -------
    list of Metric
        The mean over classes with equal weights, and each class, in [0, 1]; the baseline is the recall of the same
        classifier on held-out real images. Empty if fewer than two classes have ten training images, or no synthetic
        image has one of these classes.
    """
    counts = {name: sum(one == name for one in train.names) for name in set(train.names) if name is not None}
    known = sorted(name for name, count in counts.items() if count >= LEAST)
    shown = [name for name in known if name in synthetic.names]
    if len(known) < 2 or not shown:
        return []
    train, test, synthetic = train.of(known), test.of(shown), synthetic.of(shown)
    with threadpool_limits(1):
        model = make(classifier, seed).fit(train.features, [str(name) for name in train.names])
    record = {
        **(settings or {}),
        "classifier": classifier,
        "classes": known,
        "trained_on": len(train.names),
        "seed": seed,
    }
    ours, theirs = (_Answers.of(model, side) for side in (synthetic, test))
    found = []
    for name, of in [("two_sample/label_agreement", shown)] + [
        (f"two_sample/label_agreement[{label}={one}]", [one]) for one in shown
    ]:
        metric, baseline = (side.metric(name, of, record, seed=seed, rounds=rounds) for side in (ours, theirs))
        found.append(metric if baseline.n == 0 else metric.with_baseline(baseline))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """Which images the classifier gives their own class."""

    names: NDArray[np.object_]
    right: NDArray[np.bool_]
    groups: Sequence[object] | None

    @classmethod
    def of(cls, model: Any, side: LabeledFeatures) -> _Answers:
        names = np.array(side.names, object)
        right = np.zeros(0, bool) if not len(names) else np.asarray(model.predict(side.features)) == names
        return cls(names, np.asarray(right, bool), side.groups)

    def metric(
        self, name: str, classes: Sequence[str], settings: Mapping[str, Any], *, seed: int, rounds: int
    ) -> Metric:
        rows = np.flatnonzero(np.isin(self.names, list(classes)))
        place = np.array([classes.index(one) for one in self.names[rows]], np.int64)
        right = self.right[rows].astype(np.float64)
        counts = np.bincount(place, minlength=len(classes))
        if counts.min() < FEW:
            why = {**settings, "why": f"fewer than {FEW} images of a class"}
            return Metric(name, float("nan"), None, len(rows), why, better="higher")

        def balanced(drawn: NDArray[np.int64]) -> float:
            members = np.bincount(place[drawn], minlength=len(classes))
            hits = np.bincount(place[drawn], weights=right[drawn], minlength=len(classes))
            return float((hits / members).mean()) if members.all() else float("nan")

        groups = None if self.groups is None else [self.groups[row] for row in rows.tolist()]
        interval = bootstrap_interval(balanced, len(rows), groups=groups, seed=seed, rounds=rounds)
        return Metric(name, balanced(np.arange(len(rows))), interval, len(rows), settings, better="higher")
