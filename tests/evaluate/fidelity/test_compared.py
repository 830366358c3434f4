"""Every metric of compared features, each with its baseline."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.fidelity.compared import Compared
from medcurate.evaluate.fidelity.folds import Context


def compared(rng, patients):
    sets = {name: rng.normal(size=(40, 5)).astype(np.float32) for name in ("test", "generated", "real", "train")}
    groups = [[f"{side} {row % patients}" for row in range(40)] for side in ("t", "r", "r")]
    masks = {"tumor=a": np.arange(80) % 2 == 0}
    kinds = np.where(np.arange(80) % 2, "b", "a").astype(object)
    return Compared(**sets, groups=(groups[0], groups[1], groups[2]), kinds=kinds, subsets=masks), groups[0]


def test_few_patients_on_a_side_have_an_interval_from_both_sides_together(rng):
    sets, patients = compared(rng, 4)
    found = {metric.name: metric.real_vs_real for metric in sets.metrics(3, Context(patients, splits=6))}
    assert set(found) == {
        f"fidelity/{name}"
        for name in (
            "frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage",
            "coverage[tumor=a]", "vendi_score", "authenticity",
        )
    }  # fmt: skip
    for name, baseline in found.items():
        assert (baseline.interval is None) == (name == "fidelity/authenticity"), name


def test_fewer_patients_have_none(rng):
    sets, patients = compared(rng, 3)
    found = sets.metrics(3, Context(patients, splits=6))
    assert {metric.real_vs_real.interval for metric in found} == {None}
