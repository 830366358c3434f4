from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.design.mean_metric import mean_metric


def test_mean_interval_and_settings(rng):
    values = rng.normal(5, 2, 400)
    found = mean_metric("paired/x", values, settings={"size": 64}, better="higher", unit="dB", rounds=2000)
    assert found.value == pytest.approx(values.mean())
    half = 1.96 * values.std() / 20
    assert found.interval == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)
    assert (found.n, found.unit, found.better) == (400, "dB", "higher")
    assert found.settings == {
        "size": 64, "unit_of_n": "pairs", "statistic": "mean", "seed": 0,
        "interval": "bootstrap over pairs, 2000 rounds",
    }  # fmt: skip


def test_patients_are_drawn_together(rng):
    values = np.repeat(rng.normal(0, 1, 20), 10)
    alone = mean_metric("x", values, rounds=400)
    together = mean_metric("x", values, groups=np.repeat(np.arange(20), 10).tolist(), rounds=400)
    assert together.interval[1] - together.interval[0] > 2 * (alone.interval[1] - alone.interval[0])
    assert together.settings["interval"].startswith("bootstrap over patients")
    assert mean_metric("x", values, groups=[None] * 200, rounds=50).settings["interval"].startswith("bootstrap over pa")


def test_what_cannot_be_averaged_is_counted():
    found = mean_metric("x", [1.0, 3.0, np.nan, np.inf, np.inf], groups=list("abcde"))
    assert (found.value, found.n) == (2.0, 2)
    assert (found.settings["not_measured"], found.settings["equal_pairs_left_out"]) == (1, 2)


def test_nothing_to_average():
    found = mean_metric("x", [np.inf, np.inf])
    assert (found.value, found.interval, found.settings["why"]) == (np.inf, None, "all pairs are equal")
    found = mean_metric("x", [np.nan])
    assert np.isnan(found.value)
    assert found.settings["why"] == "no pair could be measured"


def test_wrong_shapes_are_named():
    with pytest.raises(UsageError, match="one value and one group"):
        mean_metric("x", [1.0, 2.0], groups=["a"])
