"""Gains: against real images, against the best control, corrected together; and the ratio that pays."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.downstream.gains import SCORE, ceilings, clearest, gains, paying_ratio
from medcurate.evaluate.downstream.resampling import holm
from medcurate.evaluate.downstream.scoring import Drawn, Scored
from medcurate.evaluate.downstream.training_sets import AUGMENTED, MORE_REAL, REAL, REPEATED, SYNTHETIC, Recipe

NOISE = np.random.default_rng(0).normal(0, 0.02, (40, 1000))


def scored(value, number=0):
    """Make a score with noise of 0.02 that is its own, and noise that all share."""
    return Scored({SCORE: Drawn(value, value + NOISE[number] / 2 + NOISE[39])}, {})


def sets(**values):
    kinds = {"s": SYNTHETIC, "a": AUGMENTED, "r": REPEATED, "m": MORE_REAL}
    found = {Recipe(REAL): scored(0.5)}
    for number, (name, value) in enumerate(values.items(), start=1):
        found[Recipe(kinds[name[0]], int(name[1:]) / 2)] = scored(value, number)
    return found


def test_a_gain_is_the_difference_on_the_same_draws():
    found = gains({25: sets(s2=0.6, a2=0.55, r2=0.5, m2=0.7)})
    over_real, over_augmentation, over_repetition = found
    assert [round(gain.change.value, 6) for gain in found] == [0.1, 0.05, 0.1]
    assert [gain.baseline.kind for gain in found] == [REAL, AUGMENTED, REPEATED]
    np.testing.assert_allclose(over_real.change.drawn.std(), 0.02 / np.sqrt(2), rtol=0.1)  # what is shared cancels
    assert over_real.significant
    assert over_real.possible.value == pytest.approx(0.2)
    assert over_augmentation.possible.value == pytest.approx(0.15)
    assert over_repetition.tests == 1


def test_the_control_that_must_be_beaten_is_the_best_one():
    found = gains({25: sets(s2=0.6, a1=0.52, a2=0.5, a6=0.58, r1=0.5, r2=0.49)})
    assert found[1].baseline == Recipe(AUGMENTED, 3.0)
    assert found[1].change.value == pytest.approx(0.02)
    assert found[2].baseline == Recipe(REPEATED, 0.5)


def test_all_gains_of_a_classifier_over_real_images_are_corrected_together():
    both = {n: sets(s2=value, s4=0.515, a2=0.5, r2=0.5) for n, value in ((10, 0.53), (25, 0.512))}
    over_real = [gain for gain in gains(both) if gain.over == REAL]
    assert [gain.tests for gain in over_real] == [4] * 4
    assert [gain.corrected for gain in over_real] == holm([gain.p for gain in over_real])
    assert any(gain.p < 0.05 < gain.corrected for gain in over_real)


def test_without_other_real_images_nothing_is_said_of_what_is_possible():
    assert gains({25: sets(s2=0.6, a2=0.5, r2=0.5)})[0].possible is None


def test_without_synthetic_images_there_are_no_gains():
    assert gains({25: sets(a2=0.5, r2=0.5)}) == []
    assert paying_ratio(sets(a2=0.5, r2=0.5)) is None


@pytest.mark.parametrize(
    ("values", "ratio"),
    [
        ({"s1": 0.6, "s2": 0.7, "s4": 0.8, "s6": 0.9}, 3.0),  # more still pays
        ({"s1": 0.6, "s2": 0.7, "s4": 0.702, "s6": 0.704}, 1.0),  # a plateau
        ({"s1": 0.6, "s2": 0.7, "s4": 0.6, "s6": 0.5}, 1.0),  # too much harms
        ({"s1": 0.501, "s2": 0.502, "s4": 0.5, "s6": 0.503}, 0.0),  # nothing pays
        ({"s1": 0.45, "s2": 0.4}, 0.0),  # it harms
    ],
)
def test_the_ratio_up_to_which_it_pays(values, ratio):
    found = paying_ratio(sets(**values))
    assert found.ratio == ratio
    assert found.low <= ratio <= found.high
    assert found.largest == max(int(name[1:]) / 2 for name in values)


def test_ceilings_are_gains_of_real_images_tested_in_the_same_way():
    both = {n: sets(s2=0.51, m2=value, m4=0.6, a2=0.5) for n, value in ((10, 0.53), (25, 0.5))}
    found = ceilings(both)
    assert [(one.per_class, one.recipe.ratio, one.tests) for one in found] == [(10, 1, 4), (10, 2, 4), (25, 1, 4),
                                                                              (25, 2, 4)]  # fmt: skip
    assert found[0].change.value == pytest.approx(0.03)
    assert found[0].baseline == Recipe(REAL)
    assert [one.corrected for one in found] == holm([one.p for one in found])
    assert ceilings({25: sets(s2=0.6)}) == []


def test_the_clearest_gain_is_a_significant_one():
    one = sets(s2=0.55, a2=0.5, r2=0.5) | {Recipe(SYNTHETIC, 2.0): scored(0.56, 5)}
    one[Recipe(SYNTHETIC, 2.0)] = Scored({SCORE: Drawn(0.56, 0.56 + 9 * NOISE[5])}, {})
    assert clearest([gain for gain in gains({25: one}) if gain.over == REAL]).recipe.ratio == 1
    assert clearest([gain for gain in gains({25: sets(s2=0.53, s4=0.55, a2=0.5, r2=0.5)}) if gain.over == REAL]
                    ).recipe.ratio == 2  # fmt: skip
