"""Rows, their means over seeds, and what stands in ``compare.json``."""

from __future__ import annotations

import json
import math

import pytest

from medcurate.compare.rows import CompareResult, Row, mean_of, ratio_of, summarize


def row(model="a", seed=0, kind="model", flags=(), **values):
    return Row(model, kind, seed, values, {"coverage": 0.9}, flags)


def test_the_interval_is_that_of_students_t():
    # scipy.stats.t.interval(0.95, 2, 2, 1 / sqrt(3)) in R: t.test(c(1, 2, 3))$conf.int
    found = mean_of([1.0, 2.0, 3.0])
    assert (found.value, found.n) == (2.0, 3)
    assert found.low == pytest.approx(-0.4841377, abs=1e-6)
    assert found.high == pytest.approx(4.4841377, abs=1e-6)


def test_one_seed_has_no_interval_and_what_is_not_finite_does_not_count():
    assert mean_of([3.0, math.nan]).low is None
    with pytest.raises(ValueError, match="expected one finite value"):
        mean_of([math.nan])


def test_families_come_by_their_ratio_and_baselines_after_them():
    rows = [row("slow", ratio=3.0), row("real", kind="baseline", ratio=1.0), row("none"), row("good", ratio=2.0)]
    found = summarize(rows)
    assert [one.model for one in found] == ["good", "slow", "none", "real"]
    assert ratio_of(found[2]) == math.inf


def test_seeds_are_put_together_and_flags_counted():
    rows = [row(seed=0, ratio=1.0, flags=("copies",)), row(seed=1, ratio=3.0, flags=("copies", "repeats"))]
    (found,) = summarize(rows)
    assert found.seeds == (0, 1)
    assert found.means["ratio"].value == 2.0
    assert found.flags == {"copies": 2, "repeats": 1}
    assert found.real["coverage"].value == 0.9


def test_an_interval_ends_where_the_quantity_does():
    one, other = {"ratio": 0.1, "coverage": 0.0}, {"ratio": 2.0, "coverage": 0.9}
    rows = [row(seed=0, downstream_gain=0.0, **one), row(seed=1, downstream_gain=0.1, **other)]
    means = summarize(rows)[0].means
    assert (means["coverage"].low, means["coverage"].high) == (0.0, 1.0)
    assert means["ratio"].low == 0.0
    assert means["ratio"].high > 2
    assert means["downstream_gain"].low < 0


def test_json_has_the_public_keys_and_null_for_what_was_not_measured():
    rows = (row(ratio=2.0, told_apart_linear=0.9, told_apart_trees=0.8, milliseconds_per_image=5.0, coverage=math.inf),)
    result = CompareResult(rows, summarize(rows), "Take a.", ("note",), {"dataset": {"train": 3}})
    told = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    keys = {"model", "seed", "cpu_seconds", "frechet_distance", "floor", "coverage", "told_apart", "label_agreement"}
    assert keys | {"seconds_per_image"} <= set(told["rows"][0])
    assert told["rows"][0]["told_apart"] == 0.9
    assert told["rows"][0]["seconds_per_image"] == 0.005
    assert told["rows"][0]["coverage"] is None
    assert told["rows"][0]["cpu_seconds"] is None
    assert told["dataset"] == {"train": 3}
