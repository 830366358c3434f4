"""Floors of fidelity: what real images against real ones must show before a verdict rests on them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from medcurate.evaluate.fidelity.floors import (
    SINGLE,
    WORKS,
    distance_floor,
    reach,
    realism_floor,
    share_floor,
    variety_floor,
)
from medcurate.results import Metric


def pair(value, baseline, interval, *, name="precision", redivided=60, own=None, **more):
    settings = {"n_real": 30, **more} | (
        {} if redivided is None else {"redivided_patients": redivided, "redivided_images": 120}
    )
    real = Metric(f"fidelity/{name}", baseline, interval, 30, settings)
    return Metric(f"fidelity/{name}", value, own, 30, {"n_real": 30}), real


def test_divisions_say_where_real_images_lie_and_halves_add_both_widths():
    assert reach(*pair(0.5, 0.9, (0.8, 1.0))) == (0.8, 1.0)
    low, high = reach(*pair(0.5, 0.9, (0.8, 1.0), redivided=None, own=(0.4, 0.55)))
    assert (low, high) == pytest.approx((0.75, 1.1))
    for missing in (pair(0.5, 0.9, None), pair(0.5, 0.9, (0.8, 1.0), redivided=None)):
        assert all(math.isnan(end) for end in reach(*missing))


@pytest.mark.parametrize(
    ("baseline", "interval", "holds"),
    [
        (0.95, (0.88, 1.0), True),
        (0.95, (0.7, 1.0), False),  # a share that deserves caution fits
        (0.0, (0.0, 0.0), False),  # useless: nothing can be less
        (0.95, None, False),
    ],
)
def test_a_share_needs_a_control_that_ends_above_what_deserves_caution(baseline, interval, holds):
    floor = share_floor(*pair(0.9, baseline, interval))
    assert floor.holds is holds
    assert holds or floor.enough.images >= WORKS


def test_how_many_would_be_enough_follows_from_the_width_of_the_control():
    floor = share_floor(*pair(0.9, 1.0, (0.8, 1.0)))
    assert floor.why == (
        "real images against real ones have a precision of 100% and, by chance, down to 80%, so that images that "
        "differ would pass"
    )
    assert (floor.enough.images, floor.enough.patients) == (120, 120)  # half as wide
    alone = share_floor(*pair(0.9, 1.0, (0.8, 1.0), redivided=120))
    assert (alone.enough.images, alone.enough.patients) == (120, None)  # each image stands alone


def test_single_images_need_as_many_as_were_shown_to_do():
    few, control = pair(0.95, 0.95, (0.9, 1.0))
    assert share_floor(few, control).holds
    assert realism_floor(few, control).enough.images == SINGLE
    many = replace(few, n=SINGLE, settings={"n_real": SINGLE})
    assert realism_floor(many, control).holds
    assert not realism_floor(replace(many, n=SINGLE - 1), control).holds


@pytest.mark.parametrize(("interval", "holds"), [((1.0, 2.8), True), ((1.0, 4.0), False), (None, False)])
def test_a_distance_needs_a_control_that_ends_below_what_deserves_caution(interval, holds):
    assert distance_floor(*pair(2.0, 2.0, interval, name="frechet_distance")).holds is holds


def test_a_missing_kind_must_be_noticed():
    record = {
        "missing_kind": "one tumor type",
        "missing_kind_drop": 0.02,
        "scatter": 0.04,
        "missing_kind_drop_error": 0.005,
    }
    seen, unseen = (
        pair(0.97, 0.97, (0.95, 1.0), name="coverage", missing_kind_noticed=share, **record) for share in (0.9, 0.3)
    )
    assert variety_floor(*seen).holds
    floor = variety_floor(*unseen)
    assert "that lack one tumor type are noticed in 30% of all cases (coverage)" in floor.why
    assert 30 * (2.802 * 0.04 / 0.02) ** 2 <= floor.enough.images < 1000
    unmoved = pair(0.97, 0.97, (0.95, 1.0), missing_kind_noticed=0.0, **{**record, "missing_kind_drop": 0.009})
    assert variety_floor(*unmoved).enough is None
