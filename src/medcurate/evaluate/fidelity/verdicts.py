"""Verdicts of the part fidelity.

Each sentence compares synthetic images with as many real ones. A value that real images have, too, gives a good verdict
if its floor holds, and otherwise that there are too few images to tell; a value beyond theirs is judged by its ratio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from medcurate.evaluate.design.floor import Floor, all_of, on_floor, too_few_to_tell
from medcurate.evaluate.fidelity.floors import (
    FARTHER,
    FEWER,
    distance_floor,
    is_redivided,
    reach,
    realism_floor,
    share_floor,
    variety_floor,
)
from medcurate.evaluate.fidelity.folds import PART
from medcurate.results import Level, Metric, Verdict

_AS_SET = "whether the synthetic images are as close to real ones as real images are"
_REAL = "whether single images look real"
_VARIED = "whether the variety of real images is there"
_NEW = "whether synthetic images are as far from training images as held-out real images are"


def verdicts_of(metrics: Mapping[str, Metric]) -> tuple[Verdict, ...]:
    """Return the verdicts.

    Parameters
    ----------
    metrics : mapping of str to Metric
        By name, each with its `real_vs_real`.
    """
    return (_distance(metrics), _realism(metrics), _variety(metrics), *_copies(metrics))


def _distance(metrics: Mapping[str, Metric]) -> Verdict:
    metric, baseline = _both(metrics, "frechet_distance")
    ratio = metric.value / baseline.value if baseline.value > 0 else float("inf")
    level: Level = "good"
    if not metric.value <= reach(metric, baseline)[1] and ratio > FARTHER[0]:
        level = "caution" if ratio <= FARTHER[1] else "bad"
    numbers = f"Fréchet distance {_number(metric)}, real against real {_of_real(baseline)}"
    text = {
        "good": "As a set, the synthetic images are about as close to held-out real images as real images are "
        f"({numbers}).",
        "caution": f"As a set, the synthetic images differ from real ones: {ratio:.1f} times the distance between real "
        f"images ({numbers}).",
        "bad": f"As a set, the synthetic images are far from real ones: {ratio:.0f} times the distance between real "
        f"images ({numbers}).",
    }[level]
    verdict = Verdict(PART, level, text, (metric.name, f"{PART}/kernel_distance"))
    return on_floor(verdict, _needed(level, distance_floor(metric, baseline), baseline), _AS_SET, f"{numbers}.")


def _realism(metrics: Mapping[str, Metric]) -> Verdict:
    metric, baseline = _both(metrics, "precision")
    level = _share_level(metric, baseline)
    head = {"good": "Single images look real", "caution": "Some images do not look real"}
    numbers = (
        f"{_percent(metric)} of the synthetic images are within the range of held-out real images; of real training "
        f"images {_percent(baseline)} are."
    )
    text = f"{head.get(level, 'Many images do not look real')} to the encoder: {numbers}"
    verdict = Verdict(PART, level, text, (metric.name, f"{PART}/density", f"{PART}/extremes"))
    return on_floor(verdict, _needed(level, realism_floor(metric, baseline), baseline), _REAL, numbers)


def _variety(metrics: Mapping[str, Metric]) -> Verdict:
    coverage, recall = _both(metrics, "coverage"), _both(metrics, "recall")
    metric, baseline = min((coverage, recall), key=lambda pair: pair[0].value / max(pair[1].value, 1e-12))
    level = _share_level(metric, baseline)
    head = {"good": "The variety of real images is there", "caution": "Part of the variety of real images is missing"}
    numbers = (
        f"synthetic images reach {_percent(metric)} of the held-out real images "
        f"({metric.name.removeprefix(f'{PART}/')}); real training images reach {_percent(baseline)}."
    )
    text = f"{head.get(level, 'Much of the variety of real images is missing')}: {numbers}"
    missed = _least_covered(metrics)
    if missed is not None and level != "good":
        text += (
            f" Least covered: {missed.name.partition('[')[2][:-1]}, {missed.value:.0%} (real: "
            f"{_baseline(missed).value:.0%})."
        )
    evidence = (coverage[0].name, recall[0].name, f"{PART}/vendi_score", f"{PART}/shares")
    verdict = Verdict(PART, level, text, evidence if missed is None else (*evidence, missed.name))
    floors = [variety_floor(*pair) for pair in (coverage, recall)]
    either = next((floor for floor in floors if floor.holds), all_of(*floors))  # one that notices is enough
    return on_floor(verdict, _needed(level, either, baseline), _VARIED, numbers)


def _copies(metrics: Mapping[str, Metric]) -> list[Verdict]:
    metric, baseline = _both(metrics, "authenticity")
    if metric.value >= baseline.value or metric.value >= reach(metric, baseline)[0]:
        return []
    numbers = f"{_percent(metric)} count as new, of the held-out images {baseline.value:.0%}."
    text = (
        f"Synthetic images lie nearer to training images than held-out real images do: {numbers} Look at the part "
        "privacy for copies."
    )
    if math.isnan(reach(metric, baseline)[0]):
        return [too_few_to_tell(PART, _NEW, share_floor(metric, baseline), numbers=numbers, evidence=(metric.name,))]
    return [Verdict(PART, "caution", text, (metric.name,))]


def _needed(level: Level, floor: Floor, baseline: Metric) -> Floor:
    """Return the floor that a verdict needs; a difference that was shown needs an interval, and a control above 0."""
    return floor if level == "good" or baseline.interval is None or baseline.value <= 0 else Floor()


def _least_covered(metrics: Mapping[str, Metric]) -> Metric | None:
    by_class = [metric for name, metric in metrics.items() if name.startswith(f"{PART}/coverage[")]
    return min(by_class, key=lambda one: one.value / max(_baseline(one).value, 1e-12), default=None)


def _share_level(metric: Metric, baseline: Metric) -> Level:
    if metric.value >= reach(metric, baseline)[0] or metric.value >= FEWER[0] * baseline.value:
        return "good"
    return "caution" if metric.value >= FEWER[1] * baseline.value else "bad"


def _both(metrics: Mapping[str, Metric], name: str) -> tuple[Metric, Metric]:
    metric = metrics[f"{PART}/{name}"]
    return metric, _baseline(metric)


def _baseline(metric: Metric) -> Metric:
    return metric if metric.real_vs_real is None else metric.real_vs_real


def _of_real(baseline: Metric) -> str:
    """Write a baseline: with its interval where it says what real images may have."""
    return _number(baseline) if is_redivided(baseline) else f"{baseline.value:.3g}"


def _number(metric: Metric) -> str:
    text = f"{metric.value:.3g}"
    return text if metric.interval is None else f"{text}, {metric.interval[0]:.3g} to {metric.interval[1]:.3g}"


def _percent(metric: Metric) -> str:
    text = f"{metric.value:.0%}"
    return text if metric.interval is None else f"{text} ({metric.interval[0]:.0%} to {metric.interval[1]:.0%})"
