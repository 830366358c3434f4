"""Drawing again: intervals that hold what they should, the same by seed, groups kept together."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.design.bootstrap import bootstrap_interval, drawn_rows


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution(rng):
    values = rng.normal(3, 2, 400)
    low, high = bootstrap_interval(lambda rows: float(values[rows].mean()), 400, rounds=4000)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.015)


def test_seed_and_level_decide(rng):
    values = rng.normal(size=60)

    def mean(rows):
        return float(values[rows].mean())

    assert bootstrap_interval(mean, 60, seed=1) == bootstrap_interval(mean, 60, seed=1)
    assert bootstrap_interval(mean, 60, seed=1) != bootstrap_interval(mean, 60, seed=2)
    narrow, wide = bootstrap_interval(mean, 60, level=0.5), bootstrap_interval(mean, 60, level=0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_images_of_a_patient_are_drawn_together():
    groups = ["a", "b", "a", None, None, "b"]
    for rows in drawn_rows(6, groups=groups, rounds=20):
        counts = np.bincount(rows, minlength=6)
        assert counts[0] == counts[2]
        assert counts[1] == counts[5]


def test_slices_of_few_patients_make_a_wider_interval_than_as_many_images(rng):
    patient = np.repeat(np.arange(10), 20)
    values = rng.normal(size=10)[patient] + rng.normal(0, 0.1, 200)

    def mean(rows):
        return float(values[rows].mean())

    alone, together = bootstrap_interval(mean, 200), bootstrap_interval(mean, 200, groups=patient.tolist())
    assert together[1] - together[0] > 2.5 * (alone[1] - alone[0])


def test_draws_without_a_number_are_left_out_unless_they_are_most():
    low, high = bootstrap_interval(lambda rows: float(rows.mean()) if rows[0] else float("nan"), 10)
    assert 1 < low < high < 9
    assert np.isnan(bootstrap_interval(lambda rows: float("nan"), 10)).all()


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(UsageError, match="1 or more images to draw from"):
        next(drawn_rows(0))
    with pytest.raises(UsageError, match="one for each of 3 images, received 2"):
        next(drawn_rows(3, groups=["a", "b"]))
    with pytest.raises(UsageError, match="rounds, level"):
        bootstrap_interval(len, 5, level=1.0)
