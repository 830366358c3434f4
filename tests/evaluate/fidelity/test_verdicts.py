"""Verdicts of fidelity: good, worse, or too few to tell."""

from __future__ import annotations

import pytest

from medcurate.evaluate.fidelity.verdicts import verdicts_of
from medcurate.results import Metric

SHARES = {"precision": 0.95, "recall": 0.95, "coverage": 0.97, "authenticity": 0.5}


def measured(distance=(1.5, (1.1, 2.0)), spread=0.04, noticed=1.0, **values):
    """Give metrics beside the divisions of 60 patients; values are those of synthetic images."""
    record = {"redivided_patients": 60, "redivided_images": 120, "n_real": 60}
    lacking = {
        "missing_kind": "one tumor type",
        "missing_kind_noticed": noticed,
        "missing_kind_drop": 0.1,
        "scatter": 0.1,
        "missing_kind_drop_error": 0.01,
    }
    real = {"frechet_distance": Metric("fidelity/frechet_distance", *distance, 60, record)}
    for name, share in SHARES.items():
        interval = None if spread is None else (max(0.0, share - spread), min(1.0, share + spread))
        more = lacking if name in ("recall", "coverage") else {}
        real[name] = Metric(f"fidelity/{name}", share, interval, 60, {**record, **more})
    return {
        metric.name: Metric(metric.name, values.get(name, metric.value), None, 60, {"n_real": 60}, metric)
        for name, metric in real.items()
    }


def levels(metrics):
    return [verdict.level for verdict in verdicts_of(metrics)]


def test_what_real_images_have_too_is_good():
    assert levels(measured()) == ["good"] * 3
    assert levels(measured(precision=0.92, recall=0.92, frechet_distance=1.9)) == ["good"] * 3


@pytest.mark.parametrize(
    ("values", "place", "level"),
    [
        ({"frechet_distance": 3.0}, 0, "caution"),
        ({"frechet_distance": 9.0}, 0, "bad"),
        ({"precision": 0.8}, 1, "caution"),
        ({"precision": 0.1}, 1, "bad"),
        ({"coverage": 0.8}, 2, "caution"),
        ({"recall": 0.0}, 2, "bad"),
    ],
)
def test_what_is_beyond_real_images_is_judged_by_its_ratio(values, place, level):
    assert levels(measured(**values)) == [level if one == place else "good" for one in range(3)]


def test_a_control_that_scatters_widely_makes_no_verdict_good_but_still_shows_what_is_far():
    wide = {"distance": (1.5, (0.2, 4.0)), "spread": 0.3}
    assert levels(measured(**wide)) == ["too_few"] * 3
    assert levels(measured(**wide, frechet_distance=9.0, precision=0.1, coverage=0.1)) == ["bad"] * 3


def test_a_useless_control_is_no_verdict_whatever_the_synthetic_images_have():
    nothing = {
        name: Metric(
            name,
            0.0,
            None,
            30,
            {},
            Metric(name, 0.0, (0.0, 0.0), 30, {"redivided_patients": 60, "redivided_images": 60}),
        )
        for name in measured()
    }
    for share in (0.0, 0.5):
        metrics = {name: Metric(name, share, None, 30, {}, metric.real_vs_real) for name, metric in nothing.items()}
        found = verdicts_of(metrics)
        assert [verdict.level for verdict in found] == ["too_few"] * 3
        assert all(verdict.enough is not None and verdict.numbers for verdict in found)


def test_without_an_interval_there_is_no_hard_verdict():
    blind = measured(distance=(1.5, None), spread=None, frechet_distance=90.0, precision=0.0, recall=0.0, coverage=0.0)
    found = verdicts_of(blind)
    assert [verdict.level for verdict in found] == ["too_few"] * 3
    assert "fewer than 8 patients" in found[0].text
    assert found[0].numbers == "Fréchet distance 90, real against real 1.5."
    assert not any("real ones: " in verdict.numbers or "look" in verdict.numbers for verdict in found)


def test_variety_is_told_only_where_a_missing_kind_would_show():
    found = verdicts_of(measured(noticed=0.3))
    assert [verdict.level for verdict in found] == ["good", "good", "too_few"]
    assert "lack one tumor type are noticed in 30% of all cases" in found[2].text
    assert levels(measured(noticed=0.3, coverage=0.4)) == ["good", "good", "bad"]  # that was shown


def test_images_near_training_images_are_told_of_only_beyond_the_interval():
    assert levels(measured(authenticity=0.47)) == ["good"] * 3
    assert levels(measured(authenticity=0.1)) == ["good"] * 3 + ["caution"]
    assert levels(measured(spread=None, distance=(1.5, None), authenticity=0.1)) == ["too_few"] * 4
