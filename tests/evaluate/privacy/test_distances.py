"""Distances of synthetic and of held-out images to the training images."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from medcurate.errors import UsageError
from medcurate.evaluate.privacy.distances import (
    ToTraining,
    authenticity,
    chance_nearer,
    closer_to_training,
    distance_metrics,
    to_training,
)


def cloud(rng, n, d=6):
    return rng.normal(size=(n, d))


def test_distances_are_those_of_a_table(rng):
    images, training = cloud(rng, 7), cloud(rng, 11)
    table = np.linalg.norm(images[:, None] - training, axis=2)
    found = to_training(images, training)
    np.testing.assert_allclose(found.first, np.sort(table, axis=1)[:, 0])
    np.testing.assert_allclose(found.second, np.sort(table, axis=1)[:, 1])
    np.testing.assert_array_equal(found.row, table.argmin(axis=1))
    np.testing.assert_allclose(found.ratio, found.first / found.second)


def test_the_correlation_is_numpys(rng):
    vectors = cloud(rng, 4, 30)
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = np.corrcoef(vectors)[:2, 2:].max(axis=1)
    np.testing.assert_allclose(to_training(vectors[:2], vectors[2:]).correlation, expected, atol=1e-9)


def test_the_chance_is_that_of_mann_and_whitney(rng):
    a, b = rng.integers(0, 6, 40), rng.integers(1, 7, 30)
    expected = stats.mannwhitneyu(b, a).statistic / (40 * 30)
    assert chance_nearer(a, b) == pytest.approx(expected)
    assert chance_nearer([1, 1], [1]) == 0.5


def by_name(metrics):
    return {metric.name.removeprefix("privacy/"): metric for metric in metrics}


def test_copies_are_nearer_and_new_images_are_not(rng):
    training, held_out = cloud(rng, 150), cloud(rng, 80)
    new = by_name(distance_metrics(to_training(cloud(rng, 90), training), to_training(held_out, training), rounds=100))
    near = training[:90] + 0.05 * cloud(rng, 90)
    copied = by_name(distance_metrics(to_training(near, training), to_training(held_out, training), rounds=100))
    assert new["nearer_than_new_patients"].interval[0] < 0.5 < new["nearer_than_new_patients"].interval[1]
    assert new["distance_to_closest"].value == pytest.approx(1, abs=0.15)
    assert copied["nearer_than_new_patients"].value > 0.99
    assert copied["nearer_than_new_patients"].settings["p_value"] < 1e-6
    assert copied["distance_to_closest"].interval[1] < 0.3
    assert copied["neighbor_ratio"].interval[1] < 0.5
    assert copied["max_correlation[median]"].value > copied["max_correlation[median]"].real_vs_real.value
    for metric in copied.values():
        assert metric.interval[0] <= metric.value <= metric.interval[1]
        assert metric.n == 90
        assert metric.real_vs_real.n == 80
    floor = copied["nearer_than_new_patients"].real_vs_real
    assert floor.value == pytest.approx(0.5, abs=0.05)
    assert floor.interval[0] < 0.5 < floor.interval[1]


def test_intervals_are_wider_where_images_are_of_few_patients(rng):
    training = cloud(rng, 100)
    held_out = np.repeat(cloud(rng, 12), 6, axis=0)
    patients = np.repeat(np.arange(12), 6).tolist()
    sides = to_training(cloud(rng, 60), training), to_training(held_out, training)
    alone, together = (
        by_name(distance_metrics(*sides, groups=groups, rounds=200))["distance_to_closest"].interval
        for groups in (None, patients)
    )
    assert together[1] - together[0] > 1.2 * (alone[1] - alone[0])


def test_the_same_seed_gives_the_same_metrics(rng):
    training, held_out, made = cloud(rng, 40), cloud(rng, 30), cloud(rng, 20)
    found = [distance_metrics(to_training(made, training), to_training(held_out, training), seed=3) for _ in range(2)]
    assert found[0] == found[1]
    found = [closer_to_training(made, training, held_out, seed=3, halvings=5) for _ in range(2)]
    assert found[0] == found[1]


def test_too_few_images_are_not_compared(rng):
    near = to_training(cloud(rng, 9), cloud(rng, 20))
    with pytest.raises(UsageError, match="at least 10 images on each side, received 9 synthetic and 9 held-out"):
        distance_metrics(near, near)


def test_a_generator_without_memory_is_as_near_to_held_out_images(rng):
    found = closer_to_training(cloud(rng, 200), cloud(rng, 300), cloud(rng, 100), halvings=20)
    assert found.interval[0] < 0.5 < found.interval[1]
    assert found.real_vs_real.interval[0] < 0.5 < found.real_vs_real.interval[1]
    assert (found.n, found.real_vs_real.n) == (200, 100)


def test_a_generator_with_memory_is_nearer_to_its_training_images(rng):
    training = cloud(rng, 100)
    found = closer_to_training(training[:80] + 0.1 * cloud(rng, 80), training, cloud(rng, 100), halvings=15)
    assert found.interval[0] > 0.6
    assert found.value > found.real_vs_real.interval[1]


def test_more_patients_in_training_make_no_difference(rng):
    """Training images are drawn by the patient as the held-out ones are, or their greater variety would tell."""
    images = np.repeat(cloud(rng, 90), 5, axis=0) + 0.1 * cloud(rng, 450)
    groups = np.repeat(np.arange(90), 5).tolist()
    sides = cloud(rng, 150), images[:300], images[300:]
    found = closer_to_training(*sides, groups=groups[300:], training_groups=groups[:300], halvings=15)
    without = closer_to_training(*sides, groups=groups[300:], halvings=15)
    assert found.value == pytest.approx(0.5, abs=0.08)
    assert without.value > 0.6


def test_copies_are_not_authentic(rng):
    training = cloud(rng, 80)
    sides = [to_training(some, training) for some in (training[:40] + 0.02 * cloud(rng, 40), cloud(rng, 40))]
    found = authenticity(*sides, training)
    table = np.linalg.norm(training[:, None] - training, axis=2) + np.diag(np.full(80, np.inf))
    assert found.value == np.mean(sides[0].first > table.min(axis=1)[sides[0].row]) < 0.05
    assert found.real_vs_real.value == np.mean(sides[1].first > table.min(axis=1)[sides[1].row]) > 0.3


def test_ratios_of_equal_training_images_are_numbers():
    assert np.isfinite(ToTraining(np.zeros(2), np.zeros(2), np.zeros(2, int)).ratio).all()
