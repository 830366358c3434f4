"""Verdicts in words: whether synthetic images help, and more than simpler means, and what could have been shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from medcurate.evaluate.downstream.gains import OVER, SCORE, Gain, PayingRatio, clearest
from medcurate.evaluate.downstream.limits import Limit
from medcurate.evaluate.downstream.metrics import PART, metric_name
from medcurate.evaluate.downstream.scoring import Drawn, Scored
from medcurate.evaluate.downstream.training_sets import AUGMENTED, REAL, REPEATED, Recipe
from medcurate.results import Level, Verdict

_CONTROLS = {AUGMENTED: "standard augmentation", REPEATED: "repeating the real images"}
_MODELS = {"classic": "the classic classifier", "cnn": "the network", "pretrained": "the pretrained classifier"}


def verdict(
    model: str,
    per_class: int,
    sets: Mapping[Recipe, Scored],
    found: Sequence[Gain],
    pays: PayingRatio | None,
    limit: Limit | None,
) -> Verdict:
    """Say whether synthetic images help, for one number of real images.

    Parameters
    ----------
    per_class : int
        Real images of each class; 0 for all.
    found : sequence of Gain
        All of this number of real images.
    pays, limit : PayingRatio and Limit, or None
        None where no synthetic images were added.
    """
    over_real = [gain for gain in found if gain.over == REAL]
    start = f"{_amount(per_class)}, {_MODELS.get(model, model)}: "
    if not over_real or pays is None or limit is None:
        text = start + "too few synthetic images to say whether they help."
        return Verdict(PART, "unclear", text, (metric_name(SCORE, model, per_class, Recipe(REAL)),))
    best = clearest(over_real)
    controls = [gain for gain in found if gain.over != REAL and gain.recipe == best.recipe]
    level, claim = _claim(best, over_real, controls, limit)
    words = [_numbers(best, sets, len(over_real)), *(_against(gain) for gain in controls)]
    words += [_dose(pays) if level in ("good", "caution") else "", _possible(best)]
    numbers = " ".join(one for one in words if one)
    evidence = [metric_name(OVER[gain.over], model, per_class, gain.recipe) for gain in (best, *controls)]
    evidence += [metric_name("paying_ratio", model, per_class), metric_name("detectable_gain", model, per_class)]
    if level == "too_few":
        text = f"{start}{claim} {_detectable(limit)} {_enough(limit)}"
        return Verdict(PART, level, text, tuple(evidence), numbers, limit.enough)
    text = f"{start}{claim} {numbers} {_detectable(limit)}"
    return Verdict(PART, level, text + (f" {_enough(limit)}" if level == "unclear" else ""), tuple(evidence))


def _claim(best: Gain, over_real: Sequence[Gain], controls: Sequence[Gain], limit: Limit) -> tuple[Level, str]:
    helps = best.significant and best.change.value > 0
    harms = any(gain.significant and gain.change.value < 0 for gain in over_real)
    if (helps or harms) and limit.differing < limit.least_differing:
        return "too_few", (
            f"too few to tell whether synthetic images help: only {_patients(limit.differing, limit)} are answered "
            f"differently with them, and a test of as many comparisons needs {limit.least_differing}."
        )
    if helps and all(gain.change.interval[0] > 0 for gain in controls):
        return "good", "adding synthetic images helps."
    if helps:
        return "caution", "adding synthetic images helps, but it is not shown that they do more than simpler means."
    if harms:
        return "bad", "adding synthetic images harms."
    if limit.ceiling is None:
        return "unclear", (
            "no gain from synthetic images is shown. There are too few real images to measure what as many real images "
            "in their place would bring."
        )
    if not limit.told:
        return "too_few", f"too few to tell whether synthetic images help: not even real images do. {_ceiling(limit)}"
    return "unclear", f"no gain from synthetic images is shown, but real images do help. {_ceiling(limit)}"


def _ceiling(limit: Limit) -> str:
    ceiling = limit.ceiling
    if ceiling is None:
        return ""
    other = "" if ceiling.per_class == limit.compared.per_class else f" of {_amount(ceiling.per_class).lower()}"
    return (
        f"As many more real images ({ceiling.recipe.ratio:g} for each{other}) bring {_points(ceiling.change)}, p = "
        f"{ceiling.corrected:.2g}."
    )


def _detectable(limit: Limit) -> str:
    tests = f" and {limit.compared.tests} tests" if limit.compared.tests > 1 else ""
    return (
        f"With {limit.images:,} held-out images{_of_patients(limit)}, {limit.repeats} trainings{tests}, four of five "
        f"such comparisons would find a gain of {100 * limit.gain:.1f} points."
    )


def _enough(limit: Limit) -> str:
    goal = f"a gain of {100 * limit.wanted:.1f} points"
    if limit.enough is None or limit.enough.images is None:
        return f"To find {goal}, more trainings (repeats) are needed, not only more held-out images."
    if limit.enough.images <= limit.images:
        return f"These images are enough to find {goal}."
    patients = "" if limit.enough.patients is None else f" of {limit.enough.patients:,} patients"
    return f"About {limit.enough.images:,} held-out images{patients} would be enough to find {goal}."


def _of_patients(limit: Limit) -> str:
    return "" if limit.patients == limit.images else f" of {limit.patients:,} patients"


def _patients(count: int, limit: Limit) -> str:
    return f"{count:,} {'images' if limit.patients == limit.images else 'patients'}"


def _numbers(best: Gain, sets: Mapping[Recipe, Scored], ratios: int) -> str:
    before, after = (sets[recipe].overall[SCORE].value for recipe in (best.baseline, best.recipe))
    chosen = f" (of {ratios} ratios, the clearest)" if ratios > 1 else ""
    tests = f", corrected for {best.tests} tests" if best.tests > 1 else ""
    added = f"{best.recipe.ratio:g} synthetic image{'' if best.recipe.ratio <= 1 else 's'}"
    scores = f"{100 * before:.1f} % to {100 * after:.1f} %"
    return (
        f"With {added} per real image{chosen}, balanced accuracy on held-out real images goes from {scores}: "
        f"{_points(best.change)}, p = {best.corrected:.2g}{tests}."
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
    return f"{per_class} real images per class" if per_class else "All real images"
