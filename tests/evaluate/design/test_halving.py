"""Intervals from halves hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.design.folds import fold_numbers, half_splits
from medcurate.evaluate.design.halving import halving_interval
from medcurate.evaluate.fidelity.manifold import manifold_values


def test_it_holds_the_truth_about_as_often_as_it_says(rng):
    held = 0
    for seed in range(400):
        values = rng.exponential(1, 100)
        fold = fold_numbers(100, seed=seed)
        halves = [(values[first[fold]].mean(), values[~first[fold]].mean()) for first in half_splits(32, seed=seed)]
        low, high = halving_interval(values.mean(), halves)
        held += low <= 1 <= high
    assert 0.91 < held / 400 < 0.985


def test_it_knows_how_a_statistic_of_neighbors_varies(rng):
    def statistic(a, b):
        return manifold_values(a, b).coverage

    found, widths = [], []
    for seed in range(40):
        a, b = rng.normal(size=(80, 3)), rng.normal(0.5, 1, (80, 3))
        found.append(statistic(a, b))
        fold = fold_numbers(80, seed=seed)
        halves = [
            (statistic(a[first[fold]], b[first[fold]]), statistic(a[~first[fold]], b[~first[fold]]))
            for first in half_splits(32, seed=seed)
        ]
        low, high = halving_interval(found[-1], halves)
        widths.append((high - low) / 2 / 2.0930241)  # Student's, 19 degrees of freedom
    assert np.mean(widths) == pytest.approx(np.std(found, ddof=1), rel=0.35)


def test_it_stays_within_bounds_and_says_nothing_from_too_little():
    assert halving_interval(0.99, [(0.9, 1.0)] * 8, bounds=(0, 1)) == (pytest.approx(0.99 - 0.05 * 2.3646243), 1)
    assert halving_interval(0.5, [(0.4, 0.6)] * 5) is None
    assert halving_interval(0.5, [(0.4, float("nan"))] * 8) is None
