from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from medcurate.evaluate.anatomy.distances import draws
from medcurate.evaluate.anatomy.profiles import (
    histogram_gap,
    in_decibels,
    mean_and_band,
    profile_distance,
    spectrum_gap,
)


def test_the_gap_of_histograms_is_that_of_scipy(rng):
    a, b = rng.random(256), rng.random(256)
    levels = np.arange(256)
    assert histogram_gap(a, b) == pytest.approx(wasserstein_distance(levels, levels, a, b))
    shifted = np.roll(np.pad(a[:200], (0, 56)), 20)
    assert histogram_gap(np.pad(a[:200], (0, 56)), shifted) == pytest.approx(20)


def test_the_gap_of_spectra_is_in_decibels():
    assert spectrum_gap(in_decibels(np.full(8, 0.1)), in_decibels(np.full(8, 0.01))) == pytest.approx(10)


def test_the_interval_holds_the_distance_of_the_means(rng):
    real, synthetic = rng.normal(0, 1, (80, 16)), rng.normal(1, 1, (60, 16))
    weights = draws(80, groups=None, seed=0, rounds=100), draws(60, groups=None, seed=1, rounds=100)
    found = profile_distance(real, synthetic, spectrum_gap, weights)
    assert found.value == pytest.approx(np.abs(real.mean(0) - synthetic.mean(0)).mean())
    assert found.interval[0] < 1 < found.interval[1]


def test_a_line_and_its_band(rng):
    rows = rng.normal(size=(500, 3)).astype(np.float32)
    mean, low, high = mean_and_band(rows)
    np.testing.assert_allclose(mean, rows.mean(0), atol=1e-6)
    np.testing.assert_allclose([low.mean(), high.mean()], [-1.28, 1.28], atol=0.15)
