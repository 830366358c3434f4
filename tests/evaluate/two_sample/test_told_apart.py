from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from medcurate.errors import UsageError
from medcurate.evaluate.two_sample.told_apart import told_apart

QUICK = {"rounds": 200, "halvings": 2}


@pytest.mark.parametrize("name", ["linear", "trees"])
def test_what_is_the_same_is_told_by_a_guess(rng, name):
    metric = told_apart(rng.normal(size=(250, 5)), rng.normal(size=(250, 5)), classifier=name, **QUICK)
    assert metric.interval[0] <= 0.5 <= metric.interval[1]
    assert metric.real_vs_real.value == pytest.approx(0.5, abs=0.08)
    assert (metric.name, metric.n, metric.real_vs_real.n) == (f"two_sample/accuracy[{name}]", 500, 250)


@pytest.mark.parametrize("apart", [0.8, 2.0])
def test_accuracy_is_the_best_that_there_is(rng, apart):
    """Two normals d apart are told by the middle between them in Phi(d / 2) of all cases, and no better."""
    real, other = rng.normal(size=(900, 3)), rng.normal(size=(900, 3))
    other[:, 0] += apart
    metric = told_apart(real, other, **QUICK)
    assert metric.value == pytest.approx(norm.cdf(apart / 2), abs=0.03)
    assert metric.interval[0] <= norm.cdf(apart / 2) <= metric.interval[1]


def test_only_trees_tell_what_no_single_feature_tells(rng):
    real, other = rng.normal(size=(300, 2)), rng.normal(size=(300, 2))
    real[:, 1] = np.sign(real[:, 0]) * np.abs(real[:, 1])
    other[:, 1] = -np.sign(other[:, 0]) * np.abs(other[:, 1])
    linear, trees = (told_apart(real, other, classifier=name, **QUICK).value for name in ("linear", "trees"))
    assert linear < 0.6
    assert trees > 0.9


def test_images_of_one_patient_are_not_recognized_again(rng):
    """Patients far apart, with ten images each: seen before, each would be told; by patient, none is."""
    patients = rng.normal(size=(60, 6)) * 20
    features = np.repeat(patients, 10, axis=0) + rng.normal(size=(600, 6))
    groups = np.repeat(np.arange(60), 10)
    side = groups % 2 == 0
    told = {
        known: told_apart(
            features[side],
            features[~side],
            groups=groups[side].tolist() if known else None,
            other_groups=groups[~side].tolist() if known else None,
            classifier="trees",
            **QUICK,
        )
        for known in (True, False)
    }
    assert told[False].value > 0.9
    assert told[True].interval[0] < 0.5 < told[True].interval[1]
    assert np.ptp(told[True].interval) > 3 * np.ptp(told[False].interval)


def test_copies_are_told_worse_than_by_a_guess(rng):
    real = rng.normal(size=(200, 4))
    metric = told_apart(real, real + rng.normal(0, 1e-3, real.shape), classifier="trees", **QUICK)
    assert metric.interval[1] < 0.5


def test_the_larger_side_is_drawn_from(rng):
    metric = told_apart(rng.normal(size=(60, 3)), rng.normal(size=(500, 3)), **QUICK)
    assert metric.n == 120


def test_few_patients_have_no_floor(rng):
    groups = np.repeat(np.arange(6), 10).tolist()
    metric = told_apart(rng.normal(size=(60, 3)), rng.normal(size=(60, 3)), groups=groups, **QUICK)
    assert metric.real_vs_real is None


def test_the_same_seed_finds_the_same(rng):
    sides = rng.normal(size=(60, 3)), rng.normal(size=(70, 3))
    assert told_apart(*sides, seed=4, **QUICK) == told_apart(*sides, seed=4, **QUICK)


def test_what_does_not_fit_is_refused(rng):
    with pytest.raises(UsageError, match="one width"):
        told_apart(rng.normal(size=(20, 3)), rng.normal(size=(20, 4)))
    with pytest.raises(UsageError, match="expected 5 or more patients"):
        told_apart(rng.normal(size=(20, 3)), rng.normal(size=(20, 3)), groups=["one"] * 20)
