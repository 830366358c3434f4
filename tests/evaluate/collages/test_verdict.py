"""What is said about pieces."""

from __future__ import annotations

import pytest

from medcurate.evaluate.collages.verdict import collage_verdict
from medcurate.evaluate.design.floor import Floor
from medcurate.results import Metric

HOLDS = Floor()


def verdict(share, held_out, p_value, floor=HOLDS, **more):
    settings = {"p_value": p_value, "false_alarms": 0.01, **more}
    real = Metric("privacy/repeated_windows", held_out, (held_out / 2, 2 * held_out), 50)
    metrics = (
        Metric("privacy/repeated_windows", share, (0.8 * share, 1.2 * share), 100, settings, real),
        Metric("privacy/largest_piece[median]", 0.4, (0.3, 0.5), 100),
    )
    return collage_verdict(metrics, floor)


@pytest.mark.parametrize(
    ("share", "p_value", "level", "words"),
    [
        (0.3, 0.0005, "bad", "30.0 % (24.0 to 36.0) of the windows"),
        (0.3, 0.03, "caution", "may contain pieces"),
        (0.3, 0.2, "good", "no leak found by these tests"),
        (0.012, 0.0005, "good", "no leak found by these tests"),  # no more than held-out images
    ],
)
def test_levels(share, p_value, level, words):
    found = verdict(share, 0.01, p_value)
    assert (found.part, found.level) == ("privacy", level)
    assert words in found.text


def test_too_few_images_are_no_good_verdict_but_a_leak_is_a_leak():
    low = Floor("3 synthetic images could do so by chance")
    assert verdict(0.01, 0.01, 0.5, low).level == "too_few"
    assert verdict(0.3, 0.01, 0.0005, low).level == "bad"


def test_without_a_head_nothing_is_said():
    assert verdict(float("nan"), 0.01, 1.0, why="no window shows enough of a head").level == "unclear"
