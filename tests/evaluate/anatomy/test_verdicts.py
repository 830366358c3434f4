from __future__ import annotations

import pytest

from medcurate.evaluate.anatomy.ranges import RealRange, outside_metric
from medcurate.evaluate.anatomy.verdicts import verdict_of

RANGE = RealRange(0.0, 1.0, 1000)


def metric(measure, below, above, n=200, *, floor=4, only=None):
    told = {"measure": measure} | ({"only": only} if only else {})
    values = [-1.0] * below + [2.0] * above + [0.5] * (n - below - above)
    real = outside_metric("x", RANGE, [2.0] * floor + [0.5] * (n - floor), told)
    return outside_metric(f"anatomy/outside[{measure}]", RANGE, values, told).with_baseline(real)


def test_all_within():
    found = verdict_of([metric("asymmetry", 2, 2), metric("head_area", 1, 1)])
    assert found.level == "good"
    assert found.evidence == ("anatomy/outside[asymmetry]", "anatomy/outside[head_area]")


@pytest.mark.parametrize(
    ("below", "above", "level", "words"),
    [
        (80, 0, "bad", "left-right asymmetry (40 % of images, mostly below; real 2 %)"),
        (2, 22, "caution", "mostly above"),
        (40, 40, "bad", "on both sides"),
    ],
)
def test_what_is_outside_is_named(below, above, level, words):
    found = verdict_of([metric("asymmetry", below, above), metric("head_area", 1, 1)])
    assert found.level == level
    assert words in found.text
    assert found.evidence == ("anatomy/outside[asymmetry]",)


def test_one_plane_alone_and_nothing_at_all_do_not_decide():
    assert verdict_of([metric("asymmetry", 100, 0, only="axial")]) is None
    assert verdict_of([]) is None


@pytest.mark.parametrize(("n", "floor", "level"), [(30, 0, "good"), (30, 2, "too_few"), (12, 0, "too_few")])
def test_none_outside_is_good_only_where_some_would_have_shown(n, floor, level):
    assert verdict_of([metric("asymmetry", 0, 0, n, floor=floor)]).level == level


def test_as_many_images_as_are_named_are_enough():
    few = verdict_of([metric("asymmetry", 0, 0, 12, floor=0)])
    assert few.numbers == "left-right asymmetry (0 % of images, on both sides; real 0 %)."
    assert "30 % of the images outside the real range might not show (left-right asymmetry)" in few.text
    enough = few.enough.images
    assert verdict_of([metric("asymmetry", 0, 0, enough, floor=0)]).level == "good"
    assert verdict_of([metric("asymmetry", 0, 0, enough - 1, floor=0)]).level == "too_few"


def test_few_patients_prove_neither_good_nor_bad():
    for below in (2, 80):
        found = verdict_of([metric("asymmetry", below, 0)], patients=3)
        assert (found.level, found.enough.patients) == ("too_few", 8)
        assert "are of 3 patients" in found.text
    assert verdict_of([metric("asymmetry", 80, 0)], patients=8).level == "bad"
