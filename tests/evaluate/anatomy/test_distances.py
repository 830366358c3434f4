from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, wasserstein_distance

from medcurate.errors import UsageError
from medcurate.evaluate.anatomy.distances import distribution_distances, draws

NUMBERS = st.lists(st.integers(-5, 5).map(float), min_size=3, max_size=40)


@settings(deadline=None, max_examples=60)
@given(NUMBERS, NUMBERS)
def test_they_are_those_of_scipy(real, synthetic):
    found = distribution_distances(real, synthetic)
    spread = np.std(real, ddof=1)
    if spread > 0:
        assert found["wasserstein"].value == pytest.approx(wasserstein_distance(real, synthetic) / spread, abs=1e-9)
    assert found["ks"].value == pytest.approx(ks_2samp(real, synthetic, method="asymp").statistic, abs=1e-9)


def test_weights_are_repeated_values(rng):
    real, synthetic = rng.normal(size=30), rng.normal(0.5, 1, 20)
    weights = draws(30, groups=None, seed=1, rounds=3), draws(20, groups=None, seed=2, rounds=3)
    found = distribution_distances(real, synthetic, weights)
    again = [
        ks_2samp(np.repeat(real, a), np.repeat(synthetic, b), method="asymp").statistic
        for a, b in zip(*weights, strict=True)
    ]
    low, high = np.quantile(again, [0.025, 0.975])
    value = found["ks"].value
    assert found["ks"].interval == pytest.approx((max(0, min(value, 2 * value - high)), max(value, 2 * value - low)))


def test_the_interval_holds_the_true_distance_about_as_often_as_it_says(rng):
    held = 0
    for trial in range(60):
        real, synthetic = rng.normal(0, 1, 150), rng.normal(0.5, 1, 150)
        weights = tuple(draws(150, groups=None, seed=2 * trial + side, rounds=100) for side in (0, 1))
        low, high = distribution_distances(real, synthetic, weights)["wasserstein"].interval
        held += low <= 0.5 <= high
    assert held >= 50


def test_groups_are_drawn_together():
    found = draws(6, groups=["a", "a", "b", "b", None, None], seed=0, rounds=50)
    assert (found[:, 0] == found[:, 1]).all()
    assert (found[:, 2] == found[:, 3]).all()
    assert (found[:, 4] != found[:, 5]).any()
    assert draws(0, groups=None, seed=0, rounds=4).shape == (4, 0)


def test_nothing_to_compare():
    found = distribution_distances([np.nan], [1.0])
    assert np.isnan(found["ks"].value)
    assert found["wasserstein"].interval is None
    with pytest.raises(UsageError, match="one value an image"):
        distribution_distances(np.zeros((2, 2)), np.zeros(2))
