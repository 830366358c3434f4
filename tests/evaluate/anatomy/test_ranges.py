from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.anatomy.measures import MEASURES, Measured
from medcurate.evaluate.anatomy.ranges import RealRange, all_draws, distance_metrics, outside_metric, range_metrics
from medcurate.evaluate.anatomy.settings import AnatomySettings

FEW = AnatomySettings(rounds=40, least=10)
COLUMN = {measure.name: column for column, measure in enumerate(MEASURES)}


def measured(rng, n, *, shift=0.0, planes=("axial",), tumors=("a",)):
    values = rng.normal(0, 1, (n, len(MEASURES)))
    values[:, COLUMN["head_area"]] += shift
    values[:, COLUMN["tumor_area"]] = np.nan
    kinds = [[names[row % len(names)] for row in range(n)] for names in (planes, tumors)]
    return Measured(values, np.ones((n, 256), np.float32), np.ones((n, 8), np.float32), *kinds, [None] * n)


def test_a_range_leaves_out_what_its_quantiles_say(rng):
    values = rng.normal(size=10_000)
    range_ = RealRange.of([*values, np.nan], 0.01, 0.99)
    assert (range_.low, range_.high) == pytest.approx((-2.33, 2.33), abs=0.1)
    metric = outside_metric("x", range_, values, {})
    assert metric.value == pytest.approx(2, abs=0.05)
    assert (metric.settings["below"], metric.settings["above"], metric.n) == (100, 100, 10_000)
    assert metric.interval[0] < 2 < metric.interval[1]


def test_which_side_images_lie_on_is_told():
    metric = outside_metric("x", RealRange(0.0, 1.0, 10), [-1, -2, 0.5, 3, np.nan], {})
    assert (metric.settings["below"], metric.settings["above"], metric.n, metric.value) == (2, 1, 4, 75)


def test_nothing_known():
    assert RealRange.of([np.nan], 0.01, 0.99).n == 0
    metric = outside_metric("x", RealRange(0.0, 1.0, 1), [np.nan], {})
    assert np.isnan(metric.value)
    assert metric.interval is None


def test_a_shift_is_outside_and_the_floor_is_not(rng):
    sides = measured(rng, 400), measured(rng, 200), measured(rng, 200, shift=4)
    found = {metric.name: metric for metric in range_metrics(*sides, FEW)}
    metric = found["anatomy/outside[head_area]"]
    assert metric.value > 80
    assert metric.real_vs_real.value < 6
    assert metric.settings["above"] > metric.settings["below"]
    assert found["anatomy/outside[contrast]"].value < 6
    assert "anatomy/outside[tumor_area]" not in found


def test_planes_and_tumor_types_that_both_sides_have_enough_of(rng):
    kinds = {"planes": ("axial", "coronal", None), "tumors": ("a", "b")}
    sides = (
        measured(rng, 120, **kinds),
        measured(rng, 60, **kinds),
        measured(rng, 40, tumors=("a", "c")),
    )
    names = {metric.name for metric in range_metrics(*sides, FEW) if "head_area" in metric.name}
    assert names == {f"anatomy/outside[head_area{where}]" for where in ("", ", axial", ", a")}


def test_distances_stand_beside_those_of_two_real_sets(rng):
    sides = measured(rng, 300), measured(rng, 200), measured(rng, 200, shift=2)
    metrics = list(distance_metrics(*sides, all_draws(sides, FEW, 0), 0))
    found = {metric.name: metric for metric in metrics}
    far, near = found["anatomy/wasserstein[head_area]"], found["anatomy/wasserstein[contrast]"]
    assert far.value == pytest.approx(2, abs=0.3)
    assert far.interval[0] <= far.value <= far.interval[1]
    assert far.value > 5 * far.real_vs_real.value
    assert near.value < 0.4
    assert (far.n, far.real_vs_real.n, far.settings["n_held_out"], far.unit) == (200, 300, 200, "SD")
