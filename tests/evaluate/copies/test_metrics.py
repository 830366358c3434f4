"""Copies as metrics: the rule that says whether there are more of them than between real images."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.copies.metrics import REPEATS, TRAINING, copy_metric
from medcurate.evaluate.copies.search import Matches


def matches(copies, n, equal=0):
    likeness = np.where(np.arange(n) < copies, 0.95, 0.4).astype(np.float32)
    return Matches(likeness, np.zeros(n, np.int64), np.zeros(n, np.int64), np.arange(n) < equal)


def metric(copies, n, real=(0, 200), **more):
    return copy_metric(more.pop("name", TRAINING), matches(copies, n), matches(*real), likeness=0.9, **more)


@pytest.mark.parametrize(
    ("copies", "n", "real", "beyond"),
    [
        (60, 60, (0, 200), True),
        (133, 157, (4, 200), True),
        (3, 3, (0, 200), True),
        (1, 1, (0, 30), False),
        (1, 100, (0, 200), False),
        (8, 100, (0, 200), True),
        (12, 100, (24, 200), False),
        (0, 100, (0, 200), False),
    ],
)
def test_copies_are_beyond_real_ones_where_the_intervals_are_apart(copies, n, real, beyond):
    found = metric(copies, n, real)
    assert found.settings["beyond"] is beyond
    assert (found.value, found.settings["copies"]) == (copies / n, copies)
    assert found.real_vs_real.value == real[0] / real[1]


def test_few_patients_say_little_about_how_alike_real_images_are():
    assert metric(20, 100).settings["beyond"]
    of_few = metric(20, 100, real_groups=[f"p{row % 4}" for row in range(200)])
    assert not of_few.settings["beyond"]
    assert of_few.real_vs_real.settings["patients"] == 4
    assert of_few.real_vs_real.interval[1] == pytest.approx(1 - 0.025 ** (1 / 4))


def test_equal_images_need_no_patients_to_be_told_from_chance():
    few = ["p0"] * 200
    near, equal = matches(30, 60), matches(0, 60, equal=30)
    found = [
        copy_metric(TRAINING, one, matches(0, 200), likeness=0.9, real_groups=few).settings["beyond"]
        for one in (near, equal)
    ]
    assert found == [False, True]


def test_equal_repeats_count_also_among_images_that_were_not_compared():
    equal = np.arange(5000) < 500, np.zeros(200, bool)
    found = metric(0, 100, name=REPEATS, equal=equal)
    assert (found.settings["beyond"], found.settings["equal"], found.settings["copies"]) == (True, 500, 0)


def test_an_equal_image_is_a_copy_whatever_its_likeness():
    found = copy_metric(TRAINING, matches(0, 10, equal=9), matches(0, 200), likeness=0.9)
    assert (found.settings["copies"], found.settings["equal"], found.settings["beyond"]) == (9, 9, True)
