"""What synthetic images add: over real ones alone, over standard augmentation, over repeating the real ones.

The ceiling is the gain of as many real images in the place of the synthetic ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from medcurate.evaluate.downstream.resampling import holm, p_value
from medcurate.evaluate.downstream.scoring import Drawn, Scored
from medcurate.evaluate.downstream.training_sets import AUGMENTED, MORE_REAL, REAL, REPEATED, SYNTHETIC, Recipe

SCORE = "balanced_accuracy"
"""The score in which gains are told."""
OVER = {REAL: "gain", AUGMENTED: "gain_over_augmentation", REPEATED: "gain_over_repetition"}
"""Kind of the baseline of a gain, and the quantity of its metric."""


@dataclass(frozen=True, slots=True, eq=False)
class Gain:
    """The score of one training set minus that of another.

    Attributes
    ----------
    per_class : int
        Real images of each class; 0 for all.
    over : str
        A key of `OVER`.
    p, corrected : float
        Two-sided; corrected for all comparisons with the same kind of baseline by the same classifier.
    tests : int
        Number of these comparisons.
    possible : Drawn or None
        Gain of as many real images in the place of the synthetic ones; None where there are not so many.
    """

    per_class: int
    recipe: Recipe
    baseline: Recipe
    over: str
    change: Drawn
    p: float
    corrected: float
    tests: int
    possible: Drawn | None

    @property
    def significant(self) -> bool:
        """Whether the corrected p value is below 0.05."""
        return self.corrected < 0.05


def gains(scored: Mapping[int, Mapping[Recipe, Scored]]) -> list[Gain]:
    """Compare each set that has synthetic images with the one of real images, and with the best set of each control.

    Of a control the best ratio is taken, whatever the ratio of the synthetic images: synthetic images must beat the
    method that one would use instead.

    Parameters
    ----------
    scored : mapping of int to (mapping of Recipe to Scored)
        By real images of each class.
    """
    return [gain for over in OVER for gain in _tested(scored, SYNTHETIC, over)]


def ceilings(scored: Mapping[int, Mapping[Recipe, Scored]]) -> list[Gain]:
    """Return the gains of real images in the place of the synthetic ones, tested and corrected in the same way."""
    return _tested(scored, MORE_REAL, REAL)


def clearest(found: Sequence[Gain]) -> Gain:
    """Return the gain of which a verdict speaks: the largest of the significant ones, or of all."""
    return max(found, key=lambda gain: (gain.significant, gain.change.value))


def _tested(scored: Mapping[int, Mapping[Recipe, Scored]], kind: str, over: str) -> list[Gain]:
    """Compare the sets of a kind with a baseline, and correct the p values of all of them together."""
    family = [
        (per_class, recipe, _baseline(sets, over))
        for per_class, sets in scored.items()
        for recipe in sets
        if recipe.kind == kind
    ]
    changes = [_score(scored[n], recipe) - _score(scored[n], baseline) for n, recipe, baseline in family]
    p_values = [p_value(change.drawn) for change in changes]
    found = []
    for (n, recipe, baseline), change, p, corrected in zip(family, changes, p_values, holm(p_values), strict=True):
        real = Recipe(MORE_REAL, recipe.ratio)
        possible = _score(scored[n], real) - _score(scored[n], baseline) if real in scored[n] else None
        found.append(Gain(n, recipe, baseline, over, change, p, corrected, len(family), possible))
    return found


@dataclass(frozen=True, slots=True)
class PayingRatio:
    """The ratio up to which synthetic images pay.

    Attributes
    ----------
    ratio : float
        The smallest whose score is within one standard error of the best one's (the rule of Breiman et al., 1984, for
        the size of a tree); 0 where no synthetic images do as well as any number of them.
    low, high : float
        The same on 95 % of the draws.
    largest : float
        The largest that was tried.
    """

    ratio: float
    low: float
    high: float
    largest: float


def paying_ratio(sets: Mapping[Recipe, Scored]) -> PayingRatio | None:
    """Return the ratio up to which synthetic images pay; None where none were added."""
    doses = [Recipe(REAL), *sorted((one for one in sets if one.kind == SYNTHETIC), key=lambda one: one.ratio)]
    if len(doses) < 2:
        return None
    ratios = np.array([dose.ratio for dose in doses])
    values = [_score(sets, dose) for dose in doses]
    best = int(np.argmax([value.value for value in values]))
    error = np.array([np.nanstd((values[best] - value).drawn) for value in values])
    height = np.array([[value.value, *value.drawn] for value in values])
    # Of the whole first, then of each draw: the first ratio that comes near enough to the best one.
    enough = ratios[(height + error[:, None] >= height.max(axis=0)).argmax(axis=0)]
    low, high = np.quantile(enough[1:], [0.025, 0.975], method="nearest")
    return PayingRatio(float(enough[0]), float(low), float(high), float(ratios[-1]))


def _baseline(sets: Mapping[Recipe, Scored], kind: str) -> Recipe:
    return max((one for one in sets if one.kind == kind), key=lambda one: _score(sets, one).value)


def _score(sets: Mapping[Recipe, Scored], recipe: Recipe) -> Drawn:
    return sets[recipe].overall[SCORE]
