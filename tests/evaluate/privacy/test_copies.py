"""How copies are judged: by what held-out images of other patients reach."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.privacy.copies import judge_copies
from medcurate.evaluate.privacy.copy_search import Closest


def searched(scores, equal=()):
    n = len(scores)
    flags = np.zeros(n, bool)
    flags[list(equal)] = True
    return Closest(np.where(flags, 1.0, scores), np.arange(n) % 3, np.zeros(n, np.int64), flags)


def judged(synthetic, held_out, *, rate=0.01, **more):
    names = [f"s{number}" for number in range(len(synthetic))]
    return judge_copies(synthetic, held_out, names=names, training_names=["t0", "t1", "t2"], rate=rate, **more)


def leak(found):
    return found.metrics[0].settings["leak"]


HELD_OUT = searched(np.linspace(0.2, 0.9, 199))


def test_more_copies_than_false_alarms_explain_are_a_leak(rng):
    scores = np.r_[rng.uniform(0.2, 0.85, 285), np.full(15, 0.97)]
    found = judged(searched(scores), HELD_OUT)
    metric, alarms = found.metrics
    assert (leak(found), found.verdict.level) == (True, "bad")
    assert metric.value == 15 / 300
    assert metric.settings["expected"] == pytest.approx(3)
    assert metric.settings["p_value"] < 0.05
    assert len(metric.settings["copies"]) == 15
    assert metric.settings["copies"][0] == {
        "synthetic": "s285",
        "training": "t0",
        "likeness": 0.97,
        "change": "as it is",
        "equal": False,
    }
    assert metric.real_vs_real == alarms
    assert (alarms.n, alarms.settings["draws"]) == (199, 200)
    assert alarms.interval[0] <= alarms.value <= alarms.interval[1]


def test_as_many_as_false_alarms_give_are_none():
    found = judged(searched(np.linspace(0.2, 0.9, 300)), HELD_OUT)
    assert 0 < len(found.flagged) < 5
    assert (leak(found), found.verdict.level) == (False, "good")
    assert "no leak found by these tests" in found.verdict.text


def test_one_equal_picture_is_a_leak_whatever_false_alarms_explain(rng):
    found = judged(searched(rng.uniform(0.2, 0.8, 300), equal=[7]), HELD_OUT)
    assert leak(found)
    assert found.flagged.tolist() == [7]
    assert "1 of them gray value by gray value" in found.verdict.text


def test_held_out_images_that_are_equal_to_training_images_set_no_limit(rng):
    held_out = searched(np.linspace(0.2, 0.9, 199), equal=[0, 1, 2, 3, 4, 5])
    found = judged(searched(np.full(20, 0.95)), held_out, groups=list(range(199)))
    assert found.limit.n == 193
    assert found.limit.value == 0.9
    assert found.metrics[0].settings["held_out_left_out"] == 6
    assert len(found.flagged) == 20


def test_a_patient_with_an_equal_image_is_not_new_and_sets_no_limit():
    scores = np.r_[np.linspace(0.2, 0.8, 190), np.full(9, 0.999)]
    patients = [*range(190), *["seen"] * 9]
    found = judged(searched([0.9, 0.95]), searched(scores, equal=[198]), groups=patients)
    assert found.limit.value < 0.81
    assert found.metrics[0].settings["held_out_left_out"] == 9
    assert len(found.flagged) == 2


def test_something_sets_a_limit_even_if_all_held_out_images_are_equal():
    assert judged(searched([0.9]), searched(np.ones(20), equal=range(20))).limit.n == 20
    some = judged(searched([0.9]), searched(np.full(20, 0.5), equal=[3]), groups=["one"] * 20)
    assert some.limit.n == 19


def test_a_limit_that_copies_do_not_reach_gives_no_answer():
    held_out = searched(np.r_[np.linspace(0.2, 0.9, 180), np.full(19, 0.998)])
    found = judged(searched(np.full(30, 0.99)), held_out)
    assert found.verdict.level == "unclear"
    assert "Are patients in both?" in found.verdict.text
    assert judged(searched(np.full(30, 0.99), equal=[0]), held_out).verdict.level == "bad"


def test_too_few_held_out_images_give_no_answer(rng):
    found = judged(searched(np.r_[np.full(3, 0.95), np.full(47, 0.3)]), searched(np.linspace(0.2, 0.9, 10)))
    assert (leak(found), found.verdict.level) == (False, "too_few")
    assert "with 10 held-out images, up to 9 % of all new images count as copies" in found.verdict.text
    assert found.verdict.enough.images == 19


def test_new_patients_that_are_like_training_patients_are_no_leak_where_held_out_ones_are_so_too(rng):
    """Of held-out patients one in ten is very like a training patient, with all images; of new ones as well."""
    patients = np.repeat(np.arange(20), 15)
    scores = np.where(patients % 10 == 0, 0.9, 0.5) + rng.uniform(0, 0.05, 300)
    new = searched(np.where(np.arange(300) < 15, 0.96, 0.5))
    together = judged(new, searched(scores), groups=patients.tolist())
    alone = judged(new, searched(scores))
    assert (leak(alone), leak(together)) == (True, False)
    assert together.verdict.level == "caution"
    assert len(together.flagged) == len(alone.flagged) == 15


def test_few_held_out_patients_leave_a_suspicion_and_no_more():
    held_out = searched(np.linspace(0.2, 0.9, 199))
    few, many = (
        judged(searched(np.full(50, 0.95)), held_out, groups=(np.arange(199) % count).tolist()) for count in (10, 40)
    )
    assert (leak(few), few.verdict.level, few.metrics[0].settings["suspected"]) == (False, "caution", True)
    assert "the 10 held-out patients are too few" in few.verdict.text
    assert (leak(many), many.verdict.level, many.metrics[0].settings["suspected"]) == (True, "bad", False)


def test_the_closest_are_listed_first():
    found = judged(searched([0.1, 0.92, 0.99, 0.95]), HELD_OUT)
    assert found.flagged.tolist() == [2, 3, 1]
