"""Verdicts in words: does it help, does it beat augmentation and repetition, how much of it pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medcurate.evaluate.downstream.gains import OVER, SCORE, Gain, PayingRatio
from medcurate.evaluate.downstream.metrics import PART, metric_name
from medcurate.evaluate.downstream.scoring import Drawn, Scored
from medcurate.evaluate.downstream.training_sets import AUGMENTED, REAL, REPEATED, Recipe
from medcurate.results import Level, Verdict

_CONTROLS = {AUGMENTED: "standard augmentation", REPEATED: "repeating the real images"}
_MODELS = {"classic": "the classic classifier", "cnn": "the network"}


def verdict(
    model: str, per_class: int, sets: Mapping[Recipe, Scored], found: Sequence[Gain], pays: PayingRatio | None
) -> Verdict:
    """Say whether synthetic images help, for one number of real images.

    Parameters
    ----------
    per_class : int
        Real images of each class; 0 for all.
    found : sequence of Gain
        All of this number of real images.
    """
    over_real = [gain for gain in found if gain.over == REAL]
    start = f"{_amount(per_class)}, {_MODELS.get(model, model)}: "
    if not over_real or pays is None:
        text = start + "too few synthetic images to say whether they help."
        return Verdict(PART, "unclear", text, (metric_name(SCORE, model, per_class, Recipe(REAL)),))
    best = max(over_real, key=lambda gain: (gain.significant, gain.change.value))
    controls = [gain for gain in found if gain.over != REAL and gain.recipe == best.recipe]
    level, claim = _claim(best, over_real, controls)
    words = [start + claim, _numbers(best, sets, len(over_real)), *(_against(gain) for gain in controls)]
    words += [_dose(pays) if level in ("good", "caution") else "", _possible(best)]
    evidence = [metric_name(OVER[gain.over], model, per_class, gain.recipe) for gain in (best, *controls)]
    return Verdict(
        PART, level, " ".join(one for one in words if one), (*evidence, metric_name("paying_ratio", model, per_class))
    )


def _claim(best: Gain, over_real: Sequence[Gain], controls: Sequence[Gain]) -> tuple[Level, str]:
    if best.significant and best.change.value > 0:
        if all(gain.change.interval[0] > 0 for gain in controls):
            return "good", "adding synthetic images helps."
        return "caution", "adding synthetic images helps, but it is not shown that they do more than simpler means."
    if any(gain.significant and gain.change.value < 0 for gain in over_real):
        return "bad", "adding synthetic images harms."
    return "unclear", "no gain from synthetic images is shown."


def _numbers(best: Gain, sets: Mapping[Recipe, Scored], ratios: int) -> str:
    before, after = (sets[recipe].overall[SCORE].value for recipe in (best.baseline, best.recipe))
    chosen = f" (of {ratios} ratios, the clearest)" if ratios > 1 else ""
    tests = f", corrected for {best.tests} tests" if best.tests > 1 else ""
    return (
        f"With {best.recipe.ratio:g} synthetic for each real image{chosen}, balanced accuracy on held-out real images "
        f"goes from {100 * before:.1f} % to {100 * after:.1f} %: {_points(best.change)}, p = {best.corrected:.2g}"
        f"{tests}."
    )


def _against(gain: Gain) -> str:
    low, high = gain.change.interval
    verb = "They beat" if low > 0 else "They do worse than" if high < 0 else "They are not shown to beat"
    return f"{verb} {_CONTROLS[gain.over]}: {_points(gain.change)}."


def _dose(pays: PayingRatio) -> str:
    if pays.ratio == 0:
        return "No ratio does clearly better than none."
    if pays.ratio == pays.largest:
        return f"More still pays at {pays.largest:g}x, the most that was tried."
    return f"More than {pays.ratio:g}x is not shown to add anything."


def _possible(best: Gain) -> str:
    if best.possible is None:
        return ""
    return f"As many real images in their place: {_points(best.possible)}."


def _points(change: Drawn) -> str:
    low, high = change.interval
    return f"{100 * change.value:+.1f} points (95 % {100 * low:+.1f} to {100 * high:+.1f})"


def _amount(per_class: int) -> str:
    return f"{per_class} real images a class" if per_class else "All real images"
