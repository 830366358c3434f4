"""Limits: the gain that could be detected and the ceiling, where there is one and where a smaller number lends it."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.downstream.gains import REAL as OVER_REAL
from medcurate.evaluate.downstream.gains import ceilings, gains
from medcurate.evaluate.downstream.limits import limits
from medcurate.evaluate.downstream.power import Change, detectable_gain
from medcurate.evaluate.downstream.resampling import draw_again
from medcurate.evaluate.downstream.scoring import score_all
from medcurate.evaluate.downstream.training_sets import ALL, AUGMENTED, MORE_REAL, REAL, REPEATED, SYNTHETIC, Recipe
from tests.evaluate.downstream.downstream_samples import material

RECIPES = (Recipe(REAL), Recipe(SYNTHETIC, 1.0), Recipe(MORE_REAL, 1.0))
REPEATS = 4


def answered(rng, truth, right):
    """Draw answers of three classes that are right with some probability."""
    said = np.where(rng.random((REPEATS, len(truth))) < right, truth, (truth + 1) % 3)
    return np.eye(3, dtype=np.float32)[said]


def found(rng, shares, *, test=30):
    """Return the limits for some numbers of real images; `shares` are the right answers of each of `RECIPES`."""
    sides = material(rng, test=test)
    answers = {
        n: {recipe: answered(rng, sides.test.labels, right) for recipe, right in zip(RECIPES, of_n, strict=False)}
        for n, of_n in shares.items()
    }
    for sets in answers.values():
        sets |= {Recipe(kind, 1.0): sets[Recipe(REAL)] for kind in (AUGMENTED, REPEATED)}
    draws = draw_again(int(sides.groups.max()) + 1, REPEATS, rounds=300, seed=0)
    scored = {n: score_all(sides, sets, draws) for n, sets in answers.items()}
    over_real = [gain for gain in gains(scored) if gain.over == OVER_REAL]
    return limits(sides, over_real, ceilings(scored), answers, draws, seed=0), sides, answers, draws


def test_the_limits_are_those_of_the_sets_that_are_compared(rng):
    of_n, sides, answers, draws = found(rng, {10: (0.5, 0.55, 0.8)})
    limit = of_n[10]
    sets = answers[10]
    for set_, stated in ((SYNTHETIC, limit.gain), (MORE_REAL, limit.real_gain)):
        change = Change.between(sides.test.labels, sets[Recipe(REAL)], sets[Recipe(set_, 1.0)], sides.groups)
        assert stated == detectable_gain(change, draws.groups, level=0.05, seed=0)
    assert limit.told
    assert (limit.images, limit.patients, limit.repeats) == (90, 45, REPEATS)
    assert limit.wanted == pytest.approx(0.3, abs=0.1)
    assert limit.enough.images <= 90
    assert limit.differing > limit.least_differing == 6


def test_several_tests_need_a_larger_gain(rng):
    one = found(np.random.default_rng(1), {10: (0.5, 0.55, 0.6)})[0][10]
    two = found(np.random.default_rng(1), {10: (0.5, 0.55, 0.6), 20: (0.5, 0.5, 0.5)})[0][10]
    assert (one.level, two.level) == (0.05, 0.025)
    assert two.gain > one.gain


def test_a_ceiling_that_is_not_shown_is_not_told_and_says_how_many_images_are_enough(rng):
    limit = found(rng, {10: (0.5, 0.5, 0.5)}, test=6)[0][10]
    assert not limit.told
    assert limit.gain > 0.15
    assert limit.enough is None or limit.enough.images > 18


def test_where_real_images_are_too_few_the_ceiling_of_the_next_smaller_number_is_taken(rng):
    of_n = found(rng, {ALL: (0.5, 0.5), 10: (0.5, 0.5, 0.9), 25: (0.5, 0.5)})[0]
    assert [of_n[n].ceiling.per_class for n in (10, 25, ALL)] == [10, 10, 10]
    assert of_n[ALL].told
    without = found(rng, {25: (0.5, 0.5)})[0][25]
    assert (without.ceiling, without.real_gain, without.wanted) == (None, None, 0.05)
    assert without.told


def test_without_synthetic_images_there_are_no_limits(rng):
    assert found(rng, {10: (0.5,)})[0] == {}
