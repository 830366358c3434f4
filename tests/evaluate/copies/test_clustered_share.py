"""A share of images, and an interval that knows that images of one patient are like each other."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.copies.clustered_share import clustered_share


def hits(count, n):
    return np.arange(n) < count


def test_without_patients_it_is_the_interval_of_clopper_and_pearson():
    # R 4.3: binom.test(7, 50)$conf.int
    found = clustered_share(hits(7, 50))
    assert found.interval == pytest.approx((0.0581917, 0.2673960), abs=1e-6)
    assert (found.value, found.n, found.patients) == (0.14, 50, 50)
    assert found.independent == 50


def test_none_and_all_of_few_patients_say_little():
    groups = np.repeat(range(4), 100).tolist()
    assert clustered_share(hits(0, 400), groups).interval == pytest.approx((0, 1 - 0.025 ** (1 / 4)))
    assert clustered_share(hits(400, 400), groups).interval == pytest.approx((0.025 ** (1 / 4), 1))
    assert clustered_share(hits(0, 400)).interval[1] < 0.01


def test_images_that_come_patient_by_patient_count_as_many_as_there_are_patients():
    groups = np.repeat(range(20), 10).tolist()
    together = clustered_share(hits(50, 200), groups)
    spread = clustered_share(np.arange(200) % 4 == 0, groups)
    assert together.independent == pytest.approx(19, rel=0.05)
    assert spread.independent == 200
    assert together.interval[0] < spread.interval[0] < 0.25 < spread.interval[1] < together.interval[1]


def test_one_hit_hardly_narrows_the_interval():
    groups = np.repeat(range(16), 20).tolist()
    ends = [clustered_share(hits(count, 320), groups).interval[1] for count in (0, 1)]
    assert ends[0] == pytest.approx(1 - 0.025 ** (1 / 16))
    assert 0.1 < ends[1] < ends[0]


def test_the_interval_covers_the_truth_with_patients(rng):
    covered = 0
    for _ in range(300):
        of_patient = rng.random(30) < 0.2
        found = clustered_share(np.repeat(of_patient, 5), np.repeat(range(30), 5).tolist())
        covered += found.interval[0] <= 0.2 <= found.interval[1]
    assert covered >= 0.93 * 300


def test_one_share_is_beyond_another_only_if_their_intervals_are_apart():
    floor = clustered_share(hits(2, 100))
    assert clustered_share(hits(30, 100)).beyond(floor)
    assert not clustered_share(hits(6, 100)).beyond(floor)
    assert not clustered_share(hits(0, 0)).beyond(floor)
