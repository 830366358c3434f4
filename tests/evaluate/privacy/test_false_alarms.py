"""The limit that held-out images set, and the false alarms beyond it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.evaluate.privacy.false_alarms import false_alarm_draws, limit


def test_the_limit_lets_as_many_held_out_images_reach_it_as_the_rate_allows():
    found = limit(np.arange(199) / 199, 0.01)  # 1 % of 200 is 2
    assert (found.rank, found.n, found.rate) == (2, 199, 0.01)
    assert found.value == pytest.approx(197 / 199)


def test_with_few_images_the_limit_is_the_largest_value_and_the_rate_says_so():
    found = limit([0.1, 0.9, 0.5], 0.01)
    assert (found.value, found.rank, found.rate) == (0.9, 1, 0.25)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
def test_new_images_are_beyond_the_limit_as_often_as_is_said(rng, rate):
    shares = [float((rng.gumbel(size=200) > limit(rng.gumbel(size=99), rate).value).mean()) for _ in range(800)]
    assert np.mean(shares) == pytest.approx(limit(rng.gumbel(size=99), rate).rate, abs=4 * np.std(shares) / 800**0.5)


def test_the_chance_of_a_count_is_what_draws_give(rng):
    found = limit(rng.normal(size=60), 0.05)
    counts = np.array([(rng.normal(size=40) > limit(rng.normal(size=60), 0.05).value).sum() for _ in range(4000)])
    for count in (1, 3, 6):
        assert found.chance(count, 40) == pytest.approx(float((counts >= count).mean()), abs=0.03)
    assert found.chance(0, 40) == 1


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), st.floats(0.001, 0.49))
def test_the_bound_of_the_rate_holds_for_any_values(values, rate):
    found = limit(values, rate)
    assert sum(value > found.value for value in values) < found.rank
    assert found.rate <= max(rate, 1 / (len(values) + 1)) + 1e-12
    assert found.value in values


def test_false_alarms_of_new_patients_are_near_the_rate(rng):
    shares = false_alarm_draws(rng.normal(size=800), 0.05, draws=100)
    assert len(shares) == 100
    assert shares.mean() == pytest.approx(0.05, abs=0.012)


def test_images_of_one_patient_make_false_alarms_vary_more(rng):
    values = np.repeat(rng.normal(size=40), 20) + 0.1 * rng.normal(size=800)
    patients = np.repeat(np.arange(40), 20).tolist()
    together, alone = (false_alarm_draws(values, 0.05, groups=groups, draws=100) for groups in (patients, None))
    assert together.std() > 2 * alone.std()


def test_a_patient_has_no_say_in_the_limit_for_his_own_images():
    values = np.r_[np.full(5, 0.9), np.linspace(0, 0.5, 95)]
    patients = ["one"] * 5 + list(range(95))
    shares = false_alarm_draws(values, 0.03, groups=patients, draws=50)
    assert ((shares >= 0.08) | (shares == 0)).all()  # all five of them, or none and nobody else
    assert 10 < (shares > 0).sum() < 40


def test_one_image_alone_measures_nothing():
    assert false_alarm_draws([0.1], 0.01).size == 0


def test_no_image_sets_no_limit():
    with pytest.raises(UsageError, match="at least one held-out image"):
        limit([], 0.01)
