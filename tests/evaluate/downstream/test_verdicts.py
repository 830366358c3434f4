"""Verdicts: the level follows from the tests, and the words say what the numbers say."""

from __future__ import annotations

import pytest

from medcurate.evaluate.downstream.gains import gains, paying_ratio
from medcurate.evaluate.downstream.verdicts import verdict
from tests.evaluate.downstream.test_gains import sets


def judge(**values):
    one = sets(**values)
    return verdict("classic", 25, one, gains({25: one}), paying_ratio(one))


@pytest.mark.parametrize(
    ("values", "level", "claim"),
    [
        ({"s2": 0.62, "a2": 0.52, "r2": 0.5}, "good", "adding synthetic images helps."),
        ({"s2": 0.62, "a2": 0.61, "r2": 0.5}, "caution", "not shown that they do more than simpler means"),
        ({"s2": 0.62, "a2": 0.5, "r2": 0.66}, "caution", "not shown that they do more than simpler means"),
        ({"s2": 0.505, "a2": 0.5, "r2": 0.5}, "unclear", "no gain from synthetic images is shown"),
        ({"s2": 0.4, "a2": 0.5, "r2": 0.5}, "bad", "adding synthetic images harms"),
        ({"s2": 0.505, "s6": 0.4, "a2": 0.5, "r2": 0.5}, "bad", "adding synthetic images harms"),
        ({"s2": 0.62, "s6": 0.4, "a2": 0.5, "r2": 0.5}, "good", "adding synthetic images helps."),
    ],
)
def test_the_level_follows_from_the_tests(values, level, claim):
    found = judge(**values)
    assert found.level == level
    assert claim in found.text


def test_the_words_hold_the_numbers_and_their_evidence():
    found = judge(s2=0.62, s4=0.63, a2=0.52, r2=0.5, m4=0.7)
    assert "With 2 synthetic for each real image (of 2 ratios, the clearest)" in found.text
    assert "goes from 50.0 % to 63.0 %: +13.0 points (95 % +" in found.text
    assert "corrected for 2 tests" in found.text
    assert "They beat standard augmentation: +11.0 points" in found.text
    assert "As many real images in their place: +20.0 points" in found.text
    assert found.evidence == (
        "downstream/gain[classic, 25 a class, real+2x]",
        "downstream/gain_over_augmentation[classic, 25 a class, real+2x]",
        "downstream/gain_over_repetition[classic, 25 a class, real+2x]",
        "downstream/paying_ratio[classic, 25 a class]",
    )


def test_a_control_that_does_better_is_named():
    assert "They do worse than standard augmentation" in judge(s2=0.6, a2=0.7, r2=0.5).text


def test_too_few_synthetic_images_are_said_to_be_too_few():
    found = judge(a2=0.5, r2=0.5)
    assert (found.level, "too few synthetic images" in found.text) == ("unclear", True)
    assert found.evidence == ("downstream/balanced_accuracy[classic, 25 a class, real]",)
