from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.evaluate.overlap.half_samples import compare, half_samples


@given(
    groups=st.lists(st.integers(0, 12), min_size=2, max_size=60).filter(lambda found: len(set(found)) > 1),
    n_synthetic=st.integers(2, 80),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=60)
def test_sides_are_equal_in_number_and_no_group_is_on_both(groups, n_synthetic, seed):
    for halves in half_samples(groups, n_synthetic, draws=3, seed=seed):
        of = np.array(groups)
        assert len(halves.real) == len(halves.held) == len(halves.synthetic) >= 1
        assert set(of[halves.real]).isdisjoint(of[halves.held])
        assert all(len(set(rows.tolist())) == len(rows) for rows in halves)
        assert halves.synthetic.min() >= len(groups)
        assert halves.synthetic.max() < len(groups) + n_synthetic


def test_halves_are_halves_where_every_image_stands_alone():
    halves = next(half_samples([None] * 100, 100, draws=1, seed=0))
    assert [len(rows) for rows in halves] == [50, 50, 50]


def test_few_synthetic_images_make_small_halves():
    halves = next(half_samples(range(100), 20, draws=1, seed=0))
    assert [len(rows) for rows in halves] == [10, 10, 10]


def test_the_same_seed_draws_the_same():
    once, again, other = (
        [np.concatenate(halves).tolist() for halves in half_samples(range(30), 30, draws=4, seed=seed)]
        for seed in (5, 5, 6)
    )
    assert once == again != other
    assert len({tuple(draw) for draw in once}) == 4


@pytest.mark.parametrize(
    ("groups", "n_synthetic", "draws"), [([1, 1, 1], 9, 3), ([], 9, 3), ([1, 2], 1, 3), ([1, 2], 9, 0)]
)
def test_too_little_is_refused(groups, n_synthetic, draws):
    with pytest.raises(UsageError, match="2 or more patients"):
        next(half_samples(groups, n_synthetic, draws=draws, seed=0))


def test_the_interval_of_a_mean_is_that_of_the_textbook(rng):
    """For a mean, the standard error is known: s / sqrt(n). Halves must give it, neither more nor less."""
    values = rng.normal(size=400)

    def mean(real, other):
        return {"mean": float(values[real].mean())}

    found = compare(mean, range(400), 400, draws=2000, seed=0)["mean"]
    low, high = found.metric("mean", n=(400, 400), settings={}, better="near").interval
    error = values.std(ddof=1) / np.sqrt(400)
    assert (high - low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.06)
    assert (low + high) / 2 == pytest.approx(values.mean(), abs=0.1 * error)


def test_the_interval_knows_that_images_of_one_patient_are_alike(rng):
    """40 patients with ten equal images each: the standard error of the mean is that of 40 values, not of 400."""
    of_patient = rng.normal(size=40)
    groups = np.repeat(np.arange(40), 10)
    found = compare(lambda a, b: {"m": float(of_patient[groups[a]].mean())}, groups.tolist(), 400, draws=2000, seed=0)
    low, high = found["m"].metric("m", n=(400, 400), settings={}, better="near").interval
    assert (high - low) / (2 * 1.96 * of_patient.std(ddof=1) / np.sqrt(40)) == pytest.approx(1, abs=0.08)


def test_a_metric_carries_its_floor_gap_and_settings():
    def side(real, other):
        return {"x": 1.0 if other.min() >= 20 else 3.0}

    metric = compare(side, range(20), 20, draws=5, seed=1)["x"].metric(
        "overlap/x", n=(20, 20), settings={"k": 5}, better="higher"
    )
    assert (metric.value, metric.interval, metric.n, metric.better) == (1.0, (1.0, 1.0), 40, "higher")
    assert (metric.real_vs_real.value, metric.real_vs_real.n) == (3.0, 20)
    assert metric.settings["gap"] == -2.0
    assert metric.settings["gap_interval"] == [-2.0, -2.0]
    assert metric.settings["images_a_side"] == 10
    assert metric.settings["draws"] == 5
    assert metric.settings["k"] == metric.real_vs_real.settings["k"] == 5


def test_draws_without_an_answer_are_left_out():
    calls = iter(range(100))

    def sometimes(real, other):
        return {"x": float("nan") if next(calls) % 4 == 0 else 7.0}

    found = compare(sometimes, range(8), 8, draws=6, seed=0)["x"]
    assert found.metric("x", n=(8, 8), settings={}, better="near").value == 7.0
