"""The metric of a training: it finds the nearer of two sets of images, and no difference where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.validation import ValidationDistance

SIDE = 32


def discs(rng, n, *, noise=10, spread=3.0):
    """Return discs of random places, sizes and grays."""
    y, x = np.mgrid[:SIDE, :SIDE]
    cy, cx, radius = rng.normal([[16], [16], [9]], [[spread], [spread], [1]], (3, n))[..., None, None]
    inside = (y - cy) ** 2 + (x - cx) ** 2 < radius**2
    found = inside * rng.uniform(100, 220, (n, 1, 1)) + rng.normal(20, noise, (n, SIDE, SIDE))
    return np.clip(found, 0, 255).astype(np.uint8)


@pytest.fixture
def metric(rng):
    return ValidationDistance(discs(rng, 60), discs(rng, 80))


def test_real_images_are_at_the_floor_and_others_are_not(metric, rng):
    like, noisy = metric(discs(rng, 60)), metric(discs(rng, 60, noise=60))
    assert set(like) == {"val_frechet_distance", "val_precision", "val_recall", "val_coverage"}
    assert like["val_frechet_distance"] < 2 * metric.floor < noisy["val_frechet_distance"]
    assert like["val_coverage"] > noisy["val_coverage"]


def test_the_nearer_of_two_is_surely_better(metric, rng):
    near, far = discs(rng, 60), discs(rng, 60, noise=60)
    distance, coverage = metric.compare(near, far)
    assert (distance.name, coverage.name) == ("val_frechet_distance", "val_coverage")
    assert distance.surely_better
    assert not coverage.worse
    assert not metric.compare(far, near)[0].surely_better
    assert distance.first == pytest.approx(metric(near)["val_frechet_distance"])


def test_two_draws_of_one_kind_are_rarely_told_apart(metric, rng):
    alarms = sum(metric.compare(discs(rng, 40), discs(rng, 40))[0].surely_better for _ in range(3))
    assert alarms <= 1  # 2.5 % of three, on this side: two or more happen once in 540 times


def test_without_other_images_there_is_no_floor(rng):
    metric = ValidationDistance(discs(rng, 20), discs(rng, 0))
    assert math.isnan(metric.floor)
    assert metric(discs(rng, 20))["val_frechet_distance"] > 0


def test_patients_stay_together(rng):
    real, others = discs(rng, 40), discs(rng, 40)
    pair = discs(rng, 40), discs(rng, 40, noise=15)
    alone = ValidationDistance(real, others).compare(*pair)[0].interval
    grouped = ValidationDistance(real, others, groups=[f"p{k // 20}" for k in range(40)]).compare(*pair)[0]
    assert grouped.interval != alone  # two patients make no six folds: no interval, or another
    assert not grouped.surely_better


def test_too_few_images_are_refused(rng):
    with pytest.raises(UsageError, match="expected 6 validation images or more, received 5"):
        ValidationDistance(discs(rng, 5), discs(rng, 40))
