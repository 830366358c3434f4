"""The metrics of the part: scores of every training set, gains and their limits, and the ratio up to which they pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from medcurate.evaluate.downstream.gains import OVER, SCORE, Gain, PayingRatio
from medcurate.evaluate.downstream.limits import Limit
from medcurate.evaluate.downstream.power import METHOD, POWER
from medcurate.evaluate.downstream.scoring import Drawn, Scored
from medcurate.evaluate.downstream.training_sets import (
    CONTROLS,
    MORE_REAL,
    ONLY,
    REAL,
    SYNTHETIC,
    Recipe,
    regime_name,
)
from medcurate.results import Metric

PART = "downstream"
_CONTROL_SCORES = ("accuracy", SCORE)
_UNIT_RATIO = 1.0  # the ratio at which each class is reported

Settings = Mapping[str, Any]


def metric_name(quantity: str, model: str, per_class: int, recipe: Recipe | None = None, extra: str = "") -> str:
    """Return such as ``downstream/accuracy[classic, 25 a class, real+1x]``."""
    words = [model, regime_name(per_class), *([recipe.name] if recipe else []), *([extra] if extra else [])]
    return f"{PART}/{quantity}[{', '.join(words)}]"


def score_metrics(
    model: str,
    per_class: int,
    sets: Mapping[Recipe, Scored],
    classes: Sequence[str],
    recorded: Mapping[Recipe, Settings],
) -> Iterator[Metric]:
    """Yield the scores of the training sets of one number of real images.

    The baseline of a set with synthetic images is the score of a set with as many real ones in their place, which a
    perfect generator would reach.
    """
    for recipe, scored in sets.items():
        if recipe.kind == MORE_REAL:
            continue
        twin = _twin(recipe)
        same = {} if twin is None or twin not in sets else _values(twin, sets[twin], classes)
        for (quantity, extra), drawn in _values(recipe, scored, classes).items():
            metric = _metric(metric_name(quantity, model, per_class, recipe, extra), drawn, recorded[recipe])
            if twin is not None and (quantity, extra) in same:
                name = metric_name(quantity, model, per_class, twin, extra)
                metric = metric.with_baseline(_metric(name, same[quantity, extra], recorded[twin]))
            yield metric


def _values(recipe: Recipe, scored: Scored, classes: Sequence[str]) -> dict[tuple[str, str], Drawn]:
    """Return the scores that are reported, by quantity and class: fewer for controls."""
    control = recipe.kind in CONTROLS
    reported = {(name, ""): drawn for name, drawn in scored.overall.items() if not control or name in _CONTROL_SCORES}
    if recipe.kind == REAL or (recipe.ratio == _UNIT_RATIO and not control):
        reported |= {(name, classes[c]): drawn for (name, c), drawn in scored.by_class.items()}
    return reported


def gain_metrics(
    model: str, found: Sequence[Gain], recorded: Mapping[int, Mapping[Recipe, Settings]]
) -> Iterator[Metric]:
    """Yield the gains; the baseline is the gain of as many real images."""
    for gain in found:
        settings = {
            **recorded[gain.per_class][gain.recipe],
            "score": SCORE,
            "over": gain.baseline.name,
            "p": gain.p,
            "p_holm": gain.corrected,
            "tests": gain.tests,
        }
        metric = _metric(metric_name(OVER[gain.over], model, gain.per_class, gain.recipe), gain.change, settings)
        if gain.possible is not None:
            real = Recipe(MORE_REAL, gain.recipe.ratio)
            name = metric_name(OVER[gain.over], model, gain.per_class, real)
            baseline_settings = {**recorded[gain.per_class][real], "score": SCORE, "over": gain.baseline.name}
            metric = metric.with_baseline(_metric(name, gain.possible, baseline_settings))
        yield metric


def limit_metrics(model: str, per_class: int, limit: Limit, recorded: Mapping[Recipe, Settings]) -> Iterator[Metric]:
    """Yield the gain that could be detected, whose baseline is that of real images, and the ceiling."""
    settings = {
        **_without_n(recorded[limit.compared.recipe]),
        "score": SCORE,
        "training_set": limit.compared.recipe.name,
        "power": POWER,
        "level_of_a_test": limit.level,
        "tests": limit.compared.tests,
        "method": METHOD,
        "patients": limit.patients,
        "enough_for": limit.wanted,
        "enough_images": None if limit.enough is None else limit.enough.images,
        "enough_patients": None if limit.enough is None else limit.enough.patients,
    }
    name = metric_name("detectable_gain", model, per_class)
    metric = Metric(name, limit.gain, None, limit.images, settings, None, "lower")
    ceiling = limit.ceiling
    if ceiling is None or limit.real_gain is None:
        yield metric
        return
    set_ = {"training_set": ceiling.recipe.name, "real_per_class": ceiling.per_class or "all"}
    yield metric.with_baseline(Metric(name, limit.real_gain, None, limit.images, settings | set_, None, "lower"))
    if ceiling.per_class == per_class:
        tested = {"score": SCORE, "over": ceiling.baseline.name, "p": ceiling.p, "p_holm": ceiling.corrected}
        about = {**recorded[ceiling.recipe], **set_, **tested, "tests": ceiling.tests}
        yield _metric(metric_name("ceiling", model, per_class), ceiling.change, about)


def ratio_metric(model: str, per_class: int, found: PayingRatio, recorded: Settings) -> Metric:
    """Return the ratio up to which synthetic images pay."""
    settings = {
        **{name: value for name, value in recorded.items() if name != "training_images"},
        "score": SCORE,
        "rule": "smallest ratio within one standard error of the best",
        "largest_tried": found.largest,
    }
    name = metric_name("paying_ratio", model, per_class)
    return Metric(name, found.ratio, (found.low, found.high), recorded["n"], _without_n(settings), None, None, "x")


def _twin(recipe: Recipe) -> Recipe | None:
    """Return the set that has real images where this one has synthetic ones."""
    if recipe.kind == SYNTHETIC:
        return replace(recipe, kind=MORE_REAL)
    return Recipe(REAL) if recipe == Recipe(ONLY, _UNIT_RATIO) else None


def _metric(name: str, drawn: Drawn, recorded: Settings) -> Metric:
    settings = _without_n(recorded) | {"rounds": len(drawn.drawn)}
    return Metric(name, drawn.value, drawn.interval, recorded["n"], settings, None, "higher")


def _without_n(recorded: Settings) -> dict[str, Any]:
    return {name: value for name, value in recorded.items() if name != "n"}
