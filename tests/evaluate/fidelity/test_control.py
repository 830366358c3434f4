"""Real against real by new divisions of the patients."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.fidelity.control import MOST, SPLIT, Pool, on_control, redivide
from medcurate.evaluate.fidelity.frechet import frechet_value
from medcurate.evaluate.fidelity.kernel import kernel_value
from medcurate.evaluate.fidelity.manifold import manifold_values
from medcurate.results import Metric

K = 3


def pool(rng, n=60, *, patients=None, kinds=None, apart=0.0, subsets=None):
    """Draw images of `patients`, which differ by `apart`."""
    groups = [None] * n if patients is None else [row % patients for row in range(n)]
    features = rng.normal(size=(n, 6))
    if patients is not None:
        features += apart * rng.normal(size=(patients, 6))[np.array(groups)]
    of = np.full(n, None, object) if kinds is None else np.array(kinds, object)
    return Pool(features.astype(np.float32), groups, of, subsets or {})


def test_each_division_is_measured_as_synthetic_images_are(rng, monkeypatch):
    images = pool(rng, subsets={"tumor=a": np.arange(60) < 30})
    drawn = np.arange(60) % 2 == 0
    monkeypatch.setattr("medcurate.evaluate.fidelity.control.share_of_groups", lambda *_, **__: drawn)
    found = redivide(images, 30, k=K, seed=0, draws=1)
    one, other = images.features[drawn], images.features[~drawn]
    assert found.values["frechet_distance"] == pytest.approx([frechet_value(one, other)])
    assert found.values["kernel_distance"] == pytest.approx([kernel_value(one, other)])
    for name, value in manifold_values(one, other, k=K)._asdict().items():
        assert found.values[name] == pytest.approx([value])
    whole = manifold_values(one[:15], other, k=K)
    assert set(found.values) >= {"coverage[tumor=a]", "vendi_score"}
    assert 0 <= found.values["coverage[tumor=a]"][0] <= 1 >= whole.coverage


def test_patients_stay_together_so_that_their_differences_widen_the_interval(rng):
    images = pool(rng, patients=10, apart=2.0)
    alone = Pool(images.features, [None] * 60, images.kinds, {})
    by_patient, by_image = (redivide(one, 30, k=K, seed=0) for one in (images, alone))
    assert (by_patient.patients, by_image.patients) == (10, 60)
    widths = [high - low for low, high in (one.interval("frechet_distance") for one in (by_patient, by_image))]
    assert widths[0] > 2 * widths[1]


def test_few_patients_or_many_images_are_not_divided(rng):
    assert redivide(pool(rng, patients=7), 30, k=K, seed=0) is None
    assert redivide(pool(rng, patients=8), 30, k=K, seed=0) is not None
    assert redivide(pool(rng, MOST + 1), 300, k=K, seed=0) is None


def test_a_missing_kind_is_noticed_where_kinds_differ_and_not_where_they_do_not(rng):
    kinds = [("a", "b")[row % 2] for row in range(160)]
    same = pool(rng, 160, kinds=kinds)
    far = Pool(same.features + 20 * (np.array(kinds) == "a")[:, None], same.groups, same.kinds, {})
    shares = [redivide(one, 80, k=K, seed=0).record("coverage")["missing_kind_noticed"] for one in (same, far)]
    assert shares[0] < 0.3
    assert shares[1] > 0.9
    assert "missing_kind_noticed" not in redivide(same, 80, k=K, seed=0).record("precision")


def test_clusters_stand_for_kinds_that_nobody_named(rng):
    assert redivide(pool(rng), 30, k=K, seed=0).lacked == "one of 4 clusters"


def test_the_baseline_takes_mean_and_interval_and_holds_the_split(rng):
    control = redivide(pool(rng), 30, k=K, seed=0)
    low, high = control.interval("coverage")
    found = on_control(Metric("fidelity/coverage", 0.01, None, 30, {"k": K}), control)
    assert (found.value, found.interval) == (control.mean("coverage"), (0.01, high))
    assert (found.settings["k"], found.settings[SPLIT], found.settings["redivided_patients"]) == (K, 0.01, 60)
    inside = on_control(Metric("fidelity/coverage", (low + high) / 2, None, 30), control)
    assert inside.interval == (low, high)
    other = Metric("fidelity/authenticity", 0.5, None, 30)
    assert on_control(other, control) is other
    assert on_control(found, None) is found


def test_the_seed_decides(rng):
    images = pool(rng)
    one, again, other = (redivide(images, 30, k=K, seed=seed).values["recall"] for seed in (1, 1, 2))
    assert one.tolist() == again.tolist() != other.tolist()
