"""Sets of images, with and without pieces of training images."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.collages.judged import PIECE, REPEATED, Side, judge_collages
from medcurate.evaluate.collages.pictures import pieces_figure
from tests.evaluate.privacy.heads import heads


def judged(made, training, held_out, **more):
    sides = [
        Side(images, [f"{name}{row}" for row in range(len(images))])
        for name, images in (("t", training), ("h", held_out))
    ]
    names = [f"{row}.png" for row in range(100)]
    options = {"rate": 0.01, "most": 30, "rounds": 50, **more}
    return judge_collages(Side(made, [None] * len(made)), *sides, names=names, training_names=names, **options)


@pytest.fixture(scope="module")
def real():
    rng = np.random.default_rng(3)
    return heads(rng, 40), heads(rng, 20), heads(rng, 24)


def quartered(training, rng, n):
    """Put images together from quarters of four heads."""
    found = training[rng.permutation(len(training))[:n]].copy()
    for image in found:
        for rows in (slice(0, 32), slice(32, 64)):
            for columns in (slice(0, 32), slice(32, 64)):
                image[rows, columns] = training[rng.integers(len(training)), rows, columns]
    return found


def test_collages_are_a_leak_and_new_heads_are_none(real, rng):
    training, held_out, new = real
    found = judged(quartered(training, rng, 24), training, held_out)
    clean = judged(new, training, held_out)
    assert (found.verdict.level, clean.verdict.level) == ("bad", "good")
    share = found.metrics[0]
    assert share.name == REPEATED
    assert share.value > 0.2 > 0.02 > share.real_vs_real.value
    assert share.settings["p_value"] <= 0.01 < clean.metrics[0].settings["p_value"]
    assert share.settings["images"][0]["training"].endswith(".png")
    assert [metric.name for metric in found.metrics[1:]] == [f"{PIECE}[median]", f"{PIECE}[95th percentile]"]
    figure = pieces_figure(quartered(training, rng, 24)[found.rows], found.repeats, training, found.order)
    assert figure.content.startswith(b"\x89PNG")


def test_three_collages_are_too_few_to_be_good(real):
    training, held_out, new = real
    found = judged(new[:3], training, held_out)
    assert found.verdict.level == "too_few"
    assert found.verdict.enough.images > 3


def test_more_images_than_asked_for_are_drawn_by_the_seed(real):
    training, held_out, new = real
    first, again = (judged(new, training[:8], held_out[:6], most=4, seed=5) for _ in range(2))
    assert len(first.rows) == 4
    assert first.metrics == again.metrics


def test_images_that_show_nothing_give_no_number(real):
    training, held_out, _ = real
    found = judged(np.zeros((3, 64, 64), np.uint8), training[:6], held_out[:4])
    assert np.isnan(found.metrics[0].value)
    assert found.verdict.level == "unclear"
