"""The part ``two_sample``: classifiers tell real from synthetic images, and judge synthetic labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from medcurate.evaluate.design.encoded import EncodedSides
from medcurate.evaluate.design.sides import Part, Sides
from medcurate.evaluate.two_sample.classifiers import NAMES
from medcurate.evaluate.two_sample.judged_labels import LabeledFeatures, label_agreement
from medcurate.evaluate.two_sample.settings import TwoSampleSettings
from medcurate.evaluate.two_sample.told_apart import told_apart
from medcurate.evaluate.two_sample.verdicts import verdicts
from medcurate.results import Metric

_DEFAULT = TwoSampleSettings()
_LEAST = 20


def measure(sides: Sides, settings: TwoSampleSettings = _DEFAULT, *, progress: bool | None = None) -> Part:
    """Let classifiers tell real from synthetic images, and judge synthetic labels.

    Parameters
    ----------
    progress : bool, optional
        False shows nothing.

    Raises
    ------
    UsageError
        An image cannot be read, or the encoder is refused.
    """
    if min(len(sides.test), len(sides.synthetic)) < _LEAST or len(sides.train) < 4:
        return Part(notes=(_too_few(sides),))
    encoded = EncodedSides.of(sides, settings.encoder, most=settings.most, progress=progress)
    record = encoded.record(sides.size)
    apart = tuple(_apart(encoded, settings, record, sides.seed))
    notes = list(encoded.notes)
    if not apart:
        notes.append("Too few patients are held out to test whether real and synthetic images are told apart.")
    labeled = _labels(encoded, settings, record, sides.seed)
    if not labeled:
        notes.append(f"Real training images and synthetic ones share no {settings.label}: labels were not judged.")
    metrics = (*apart, *labeled)
    return Part(metrics, tuple(verdicts(metrics)), notes=tuple(notes))


def _apart(
    encoded: EncodedSides, settings: TwoSampleSettings, record: dict[str, object], seed: int
) -> Iterator[Metric]:
    real, groups = encoded.test.features, encoded.test.groups
    rows = encoded.unseen
    training_groups = np.array(encoded.train.groups)[rows].tolist()
    options: dict[str, Any] = {"folds": settings.folds, "halvings": settings.halvings, "rounds": settings.rounds}
    for name in NAMES if len(set(groups)) >= settings.folds else ():
        metric = told_apart(
            real,
            encoded.synthetic.features,
            groups=groups,
            classifier=name,
            seed=seed,
            settings=record,
            **options,
        )
        yield metric
        if len(set(training_groups)) >= settings.folds:
            control = told_apart(
                real,
                encoded.train.features[rows],
                groups=groups,
                other_groups=training_groups,
                classifier=name,
                seed=seed,
                settings=record,
                name="two_sample/training_accuracy",
                **options | {"halvings": 0},
            )
            yield control if metric.real_vs_real is None else control.with_baseline(metric.real_vs_real)


def _labels(
    encoded: EncodedSides, settings: TwoSampleSettings, record: dict[str, object], seed: int
) -> tuple[Metric, ...]:
    train, test, synthetic = (
        LabeledFeatures(side.features, side.names(settings.label), groups)
        for side, groups in (
            (encoded.train, None),
            (encoded.test, encoded.test.groups),
            (encoded.synthetic, None),
        )
    )
    options: dict[str, Any] = {"label": settings.label, "rounds": settings.rounds, "seed": seed}
    return tuple(label_agreement(train, test, synthetic, settings=record, **options))


def _too_few(sides: Sides) -> str:
    return (
        f"The two-sample test was not made: expected {_LEAST} or more held-out real and as many synthetic "
        f"images, and 4 real training images, received {len(sides.test):,}, {len(sides.synthetic):,} and "
        f"{len(sides.train):,}. Volumes are not compared."
    )
