"""Each kind of finding has its sentence and its level."""

from __future__ import annotations

import pytest

from medcurate.evaluate.copies.metrics import HELD_OUT, REPEATS, TRAINING
from medcurate.evaluate.copies.verdicts import copies_verdict, repeats_verdict
from tests.evaluate.copies.test_metrics import metric


def test_copies_of_real_images_are_bad_and_both_kinds_are_told():
    verdict = copies_verdict(metric(66, 157), metric(67, 157, name=HELD_OUT), ("copies/of_training",))
    assert verdict.level == "bad"
    assert "66 of 157 synthetic images are copies of training images" in verdict.text
    assert "67 of 157 synthetic images are copies of held-out images" in verdict.text
    assert "0 of 200; 95 % interval up to 1.8 %" in verdict.text
    assert verdict.evidence == (TRAINING, HELD_OUT, "copies/of_training")


def test_only_what_is_beyond_is_called_copies():
    verdict = copies_verdict(metric(60, 60), metric(1, 60, name=HELD_OUT))
    assert "60 of 60 synthetic images are copies of training images" in verdict.text
    assert "copies of held-out images" not in verdict.text


@pytest.mark.parametrize(
    ("copies", "n", "real", "level", "told"),
    [
        (0, 100, (0, 200), "good", "no more than among real images of different patients"),
        (2, 100, (0, 200), "caution", "but that may be chance"),
        (1, 100, (4, 200), "good", "no more than"),
        (10, 100, (24, 200), "unclear", "run medcurate dedupe first"),
        (0, 11, (0, 200), "unclear", "too few images to say that a generator does not copy"),
    ],
)
def test_without_an_alarm_the_level_says_how_much_is_known(copies, n, real, level, told):
    verdict = copies_verdict(metric(copies, n, real), metric(0, n, real, name=HELD_OUT))
    assert (verdict.level, told in verdict.text) == (level, True), verdict.text


def repeats(copies, n, distinct):
    return metric(copies, n, name=REPEATS, settings={"distinct": distinct, "all": n})


def test_repeats_are_bad_and_the_different_ones_are_counted():
    verdict = repeats_verdict(repeats(60, 60, 1))
    assert verdict.level == "bad"
    assert "60 of 60 synthetic images are copies of another one, and 1 differ from all before them" in verdict.text


def test_no_repeats_are_good():
    assert repeats_verdict(repeats(0, 60, 60)).level == "good"
