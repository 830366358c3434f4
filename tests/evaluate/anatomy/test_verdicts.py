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
