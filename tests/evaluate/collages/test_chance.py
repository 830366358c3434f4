"""The two tests, their false alarms, and their floor."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.collages.chance import (
    chance_of_both,
    chance_of_share,
    chance_of_training,
    floor,
    images_needed,
)


def test_repeats_of_training_patients_alone_are_no_chance(rng):
    training = np.arange(60) < 40
    images = np.ones(60, np.int64)
    assert chance_of_training(np.where(training, 3, 0), images, training) < 0.001
    assert chance_of_training(np.full(60, 3), images, training) > 0.3
    assert chance_of_training(np.zeros(60, np.int64), images, training) == 1


def test_false_alarms_are_as_rare_as_stated_where_patients_differ_much(rng):
    images = rng.integers(1, 20, 60)
    alarms = []
    for draw in range(300):
        training = rng.permutation(60) < 40
        counts = rng.poisson(rng.gamma(0.3, 10, 60))
        alarms.append(chance_of_training(counts, images, training, seed=draw, draws=400) <= 0.05)
    assert np.mean(alarms) < 0.09  # 5 % and three standard errors


def test_patients_are_exchanged_with_those_who_have_as_many_images():
    """All large patients train: that they are repeated more says nothing."""
    images = np.r_[np.full(10, 30), np.ones(40, np.int64)]
    training = np.r_[np.ones(10, bool), np.arange(40) < 20]
    assert chance_of_training(np.where(images == 30, 20, 0), images, training) == 1


def test_more_than_any_held_out_patient():
    of_patients = np.linspace(0, 0.05, 99)
    assert chance_of_share(0.2, of_patients) == pytest.approx(0.01)
    assert chance_of_share(0.0, of_patients) == 1
    assert (chance_of_both(0.004, 0.5), chance_of_both(0.9, 0.8)) == (0.008, 1.0)


def test_the_floor_says_how_many_would_be_enough():
    assert images_needed(75, 25, 0.005) == 17
    assert images_needed(5, 1, 0.005) is None
    assert floor(75, 25, 100, 0.01).holds
    few = floor(75, 25, 3, 0.01)
    assert "3 synthetic images could repeat that many training patients by chance" in few.why
    assert few.enough.images == 17
    nobody = floor(75, 1, 100, 0.01)
    assert nobody.enough.patients == 2  # one of 2,926 pairs of 77 patients
