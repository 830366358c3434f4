"""Verdicts: the level follows from the tests, and the words say what the numbers say."""

from __future__ import annotations

import pytest

from medcurate.evaluate.downstream.gains import REAL, ceilings, clearest, gains, paying_ratio
from medcurate.evaluate.downstream.limits import Limit
from medcurate.evaluate.downstream.verdicts import verdict
from medcurate.results import Enough
from tests.evaluate.downstream.test_gains import sets


def judge(limit=None, **values):
    one = sets(**values)
    found, real = gains({25: one}), ceilings({25: one})
    over_real = [gain for gain in found if gain.over == REAL]
    made = limited(clearest(over_real), clearest(real) if real else None, **(limit or {})) if over_real else None
    return verdict("classic", 25, one, found, paying_ratio(one), made)


def limited(compared, ceiling, **others):
    about = {"gain": 0.06, "real_gain": 0.05, "level": 0.05, "images": 60, "patients": 30, "repeats": 8}
    about |= {"differing": 20, "least_differing": 6, "wanted": 0.05, "enough": Enough(150, 75, "simulated")}
    return Limit(compared=compared, ceiling=ceiling, **(about | others))


@pytest.mark.parametrize(
    ("values", "level", "claim"),
    [
        ({"s2": 0.62, "a2": 0.52, "r2": 0.5}, "good", "adding synthetic images helps."),
        ({"s2": 0.62, "a2": 0.61, "r2": 0.5}, "caution", "not shown that they do more than simpler means"),
        ({"s2": 0.62, "a2": 0.5, "r2": 0.66}, "caution", "not shown that they do more than simpler means"),
        ({"s2": 0.505, "a2": 0.5, "r2": 0.5}, "unclear", "too few real images to measure what as many real images"),
        ({"s2": 0.505, "a2": 0.5, "r2": 0.5, "m2": 0.6}, "unclear", "is shown, but real images do help. As many more"),
        ({"s2": 0.505, "a2": 0.5, "r2": 0.5, "m2": 0.51}, "too_few", "not even real images do"),
        ({"s2": 0.62, "a2": 0.52, "r2": 0.5, "m2": 0.51}, "good", "adding synthetic images helps."),
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
    assert "With 2 synthetic images per real image (of 2 ratios, the clearest)" in found.text
    assert "goes from 50.0 % to 63.0 %: +13.0 points (95 % +" in found.text
    assert "corrected for 2 tests" in found.text
    assert "They beat standard augmentation: +11.0 points" in found.text
    assert "As many real images in their place: +20.0 points" in found.text
    assert found.evidence == (
        "downstream/gain[classic, 25 a class, real+2x]",
        "downstream/gain_over_augmentation[classic, 25 a class, real+2x]",
        "downstream/gain_over_repetition[classic, 25 a class, real+2x]",
        "downstream/paying_ratio[classic, 25 a class]",
        "downstream/detectable_gain[classic, 25 a class]",
    )
    assert found.numbers == ""


def test_the_gain_that_could_be_detected_is_said_in_every_verdict():
    stated = (
        "With 60 held-out images of 30 patients, 8 trainings, four of five such comparisons would find a gain of 6.0"
    )
    for values in ({"s2": 0.62}, {"s2": 0.505}, {"s2": 0.4}, {"s2": 0.505, "m2": 0.51}):
        assert stated in judge(**values, a2=0.5, r2=0.5).text


def test_too_few_to_tell_says_how_many_would_be_enough_and_keeps_the_numbers_small():
    found = judge(s2=0.505, a2=0.5, r2=0.5, m2=0.51)
    assert "balanced accuracy" in found.numbers
    assert "balanced accuracy" not in found.text
    assert found.enough.images == 150
    assert found.text.endswith("About 150 held-out images of 75 patients would be enough to find a gain of 5.0 points.")
    assert judge({"enough": None}, s2=0.505, a2=0.5, r2=0.5, m2=0.51).text.endswith(
        "To find a gain of 5.0 points, more trainings (repeats) are needed, not only more held-out images."
    )
    assert "These images are enough to find a gain of 5.0" in judge(
        {"enough": Enough(50, None, "simulated")}, s2=0.505, a2=0.5, r2=0.5, m2=0.6
    ).text  # fmt: skip


@pytest.mark.parametrize("value", [0.62, 0.4])
def test_a_gain_that_rests_on_a_handful_of_answers_is_too_few_to_tell(value):
    found = judge({"differing": 3, "patients": 60}, s2=value, a2=0.5, r2=0.5)
    assert found.level == "too_few"
    assert "only 3 images are answered differently" in found.text


def test_a_control_that_does_better_is_named():
    assert "They do worse than standard augmentation" in judge(s2=0.6, a2=0.7, r2=0.5).text


def test_too_few_synthetic_images_are_said_to_be_too_few():
    found = judge(a2=0.5, r2=0.5)
    assert (found.level, "too few synthetic images" in found.text) == ("unclear", True)
    assert found.evidence == ("downstream/balanced_accuracy[classic, 25 a class, real]",)
