"""Verdicts say what the numbers say, and no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medcurate.evaluate.dice.verdicts import condition_verdict, gain_verdict, pairs_verdict
from medcurate.results import Metric


def metric(name: str, value: float, interval=None, n: int = 20, floor: float | None = None) -> Metric:
    below = None if floor is None else Metric(name, floor, (floor - 0.02, floor + 0.02), n)
    return Metric(name, value, interval or (value - 0.05, value + 0.05), n, real_vs_real=below)


@pytest.mark.parametrize(
    ("whole", "enhancing", "level"), [(0.9, 0.75, "good"), (0.9, 0.6, "caution"), (0.6, 0.9, "bad")]
)
def test_pairs_are_judged_beside_two_raters(whole, enhancing, level):
    metrics = [
        metric("dice/pairs_dice[whole_tumor]", whole),
        metric("dice/pairs_dice[enhancing]", enhancing),
        metric("dice/pairs_dice[tumor_core]", float("nan"), n=0),
        metric("dice/pairs_hausdorff95[whole_tumor]", 3.0),
        metric("dice/pairs_dice[3-D, whole_tumor]", 0.1),
    ]

    verdict = pairs_verdict(metrics)

    assert verdict.level == level
    assert f"{whole:.2f} (whole tumor), {enhancing:.2f} (enhancing)" in verdict.text
    assert "0.85 (whole tumor), 0.74 (enhancing)" in verdict.text
    assert verdict.evidence == ("dice/pairs_dice[whole_tumor]", "dice/pairs_dice[enhancing]")
    assert pairs_verdict(metrics, "3-D, ").text.startswith("In volumes, synthetic and real masks")


@pytest.mark.parametrize(("value", "level"), [(0.78, "good"), (0.6, "caution"), (0.3, "bad")])
def test_synthetic_images_are_judged_beside_real_ones(value, level):
    verdict = condition_verdict([metric("dice/condition_dice[whole_tumor]", value, floor=0.8)])

    assert verdict.level == level
    assert f"Dice of {value:.2f} (whole tumor); in held-out real images with 0.80 (whole tumor)" in verdict.text


def test_a_segmenter_that_finds_nothing_in_real_images_judges_nothing():
    metrics = [
        metric("dice/condition_dice[whole_tumor]", 0.9, floor=0.8),
        metric("dice/condition_dice[enhancing]", 0.0, floor=0.1),
    ]

    assert condition_verdict(metrics[1:]).level == "unclear"
    verdict = condition_verdict(metrics)
    assert verdict.level == "good"
    assert verdict.text.endswith("It is no judge of enhancing: it finds too little of that in real images.")


@pytest.mark.parametrize(
    ("intervals", "n", "level", "words"),
    [
        ([(0.01, 0.05), (-0.01, 0.02)], 20, "good", "that helps"),
        ([(-0.05, -0.01), (-0.01, 0.02)], 20, "bad", "that harms"),
        ([(-0.05, -0.01), (0.01, 0.02)], 20, "caution", "helps in one region and harms in another"),
        ([(-0.05, 0.01), (-0.01, 0.02)], 20, "unclear", "no gain or loss can be told from chance"),
        ([(0.01, 0.05), (0.01, 0.02)], 3, "too_few", "3 patients are held out. About 5 held-out patients would be"),
    ],
)
def test_a_gain_is_one_where_its_interval_says_so(intervals, n, level, words):
    regions = ("whole_tumor", "tumor_core")
    gains = [
        metric(f"dice/gain_dice[real+1x, {region}]", 0.0, interval, n)
        for region, interval in zip(regions, intervals, strict=True)
    ]
    gains.append(metric("dice/gain_dice[synthetic 1x, whole_tumor]", -0.5, (-0.6, -0.4), n))
    arms = [
        metric(f"dice/segmenter_dice[{name}, whole_tumor]", value)
        for name, value in (("real", 0.61), ("real+1x", 0.6), ("synthetic 1x", 0.04))
    ]

    verdict = gain_verdict(gains, arms, 1.0)

    assert verdict.level == level
    assert words in verdict.text
    numbers = verdict.numbers or verdict.text
    assert "a Dice of 0.61 (whole tumor); with 1x synthetic images added 0.60 (whole tumor)" in numbers
    assert "on 1x synthetic images alone 0.04 (whole tumor)" in numbers


@pytest.mark.parametrize(
    ("value", "interval", "n", "level"),
    [
        (0.9, (0.86, 0.94), 20, "good"),
        (0.9, (0.6, 1.0), 20, "too_few"),  # may be bad
        (0.6, (0.5, 0.7), 20, "bad"),
        (0.6, (0.3, 0.9), 20, "too_few"),  # may be good
        (0.7, (0.3, 0.9), 20, "caution"),
        (0.1, (0.1, 0.1), 2, "too_few"),
    ],
)
def test_pairs_whose_interval_holds_good_and_bad_are_too_few(value, interval, n, level):
    verdict = pairs_verdict([metric("dice/pairs_dice[whole_tumor]", value, interval, n)])
    assert verdict.level == level
    assert f"{value:.2f} (whole tumor)" in (verdict.numbers or verdict.text)


def test_a_bad_region_is_not_excused_by_one_that_cannot_be_told():
    metrics = [
        metric("dice/pairs_dice[whole_tumor]", 0.4, (0.35, 0.45)),
        metric("dice/pairs_dice[enhancing]", 0.6, (0.1, 0.9)),
    ]
    assert pairs_verdict(metrics).level == "bad"


def test_few_real_images_are_no_control_of_the_condition():
    few = metric("dice/condition_dice[whole_tumor]", 0.3, floor=0.8)
    few = replace(few, real_vs_real=replace(few.real_vs_real, n=2))
    verdict = condition_verdict([few])
    assert (verdict.level, verdict.enough.images) == ("too_few", 5)
    assert "the Dice of 0.80 is of 2 masks" in verdict.text
