"""Verdicts of the part fidelity.

Each sentence compares synthetic images with as many real ones. If the two intervals overlap, the verdict is good;
otherwise the ratio decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from medcurate.evaluate.fidelity.folds import PART
from medcurate.results import Level, Metric, Verdict

FARTHER = (1.5, 5.0)
"""Ratios of Fréchet distances up to which the verdict is good, and caution."""
FEWER = (0.9, 0.6)
"""Ratios of shares down to which the verdict is good, and caution."""


def verdicts_of(metrics: Mapping[str, Metric], *, warned: bool) -> tuple[Verdict, ...]:
    """Return the verdicts.

    Parameters
    ----------
    metrics : mapping of str to Metric
        By name, each with its `real_vs_real`.
    warned : bool
        Whether only few images are compared; good then becomes unclear.
    """
    found = [_distance(metrics), _realism(metrics), _variety(metrics)]
    found += _copies(metrics)
    if warned:
        found = [
            Verdict(one.part, "unclear", one.text + " With so few images that is no proof.", one.evidence)
            if one.level == "good"
            else one
            for one in found
        ]
    return tuple(found)


def _distance(metrics: Mapping[str, Metric]) -> Verdict:
    metric, baseline = _both(metrics, "frechet_distance")
    ratio = metric.value / baseline.value if baseline.value > 0 else float("inf")
    level: Level = "good" if _overlap(metric, baseline) or ratio <= FARTHER[0] else "bad"
    if level == "bad" and ratio <= FARTHER[1]:
        level = "caution"
    numbers = f"Fréchet distance {_number(metric)}, real against real {baseline.value:.3g}"
    text = {
        "good": "As a set, the synthetic images are about as close to held-out real images as real images are "
        f"({numbers}).",
        "caution": f"As a set, the synthetic images differ from real ones: {ratio:.1f} times the distance between real "
        f"images ({numbers}).",
        "bad": f"As a set, the synthetic images are far from real ones: {ratio:.0f} times the distance between real "
        f"images ({numbers}).",
    }[level]
    return Verdict(PART, level, text, (metric.name, f"{PART}/kernel_distance"))


def _realism(metrics: Mapping[str, Metric]) -> Verdict:
    metric, baseline = _both(metrics, "precision")
    level = _share_level(metric, baseline)
    head = {"good": "Single images look real", "caution": "Some images do not look real"}
    text = (
        f"{head.get(level, 'Many images do not look real')} to the encoder: {_percent(metric)} of the synthetic images "
        f"are within the range of held-out real images; of real training images {baseline.value:.0%} are."
    )
    return Verdict(PART, level, text, (metric.name, f"{PART}/density", f"{PART}/extremes"))


def _variety(metrics: Mapping[str, Metric]) -> Verdict:
    coverage, recall = _both(metrics, "coverage"), _both(metrics, "recall")
    metric, baseline = min((coverage, recall), key=lambda pair: pair[0].value / max(pair[1].value, 1e-12))
    level = _share_level(metric, baseline)
    head = {"good": "The variety of real images is there", "caution": "Part of the variety of real images is missing"}
    text = (
        f"{head.get(level, 'Much of the variety of real images is missing')}: synthetic images reach "
        f"{_percent(metric)} of the held-out real images ({metric.name.removeprefix(f'{PART}/')}); real training "
        f"images reach {baseline.value:.0%}."
    )
    missed = _least_covered(metrics)
    if missed is not None and level != "good":
        text += (
            f" Least covered: {missed.name.partition('[')[2][:-1]}, {missed.value:.0%} (real: "
            f"{_baseline(missed).value:.0%})."
        )
    evidence = (coverage[0].name, recall[0].name, f"{PART}/vendi_score", f"{PART}/shares")
    return Verdict(PART, level, text, evidence if missed is None else (*evidence, missed.name))


def _copies(metrics: Mapping[str, Metric]) -> list[Verdict]:
    metric, baseline = _both(metrics, "authenticity")
    if metric.value >= baseline.value or _overlap(metric, baseline):
        return []
    text = (
        f"Synthetic images lie nearer to training images than held-out real images do: {_percent(metric)} count as "
        f"new, of the held-out images {baseline.value:.0%}. Look at the part privacy for copies."
    )
    return [Verdict(PART, "caution", text, (metric.name,))]


def _least_covered(metrics: Mapping[str, Metric]) -> Metric | None:
    by_class = [metric for name, metric in metrics.items() if name.startswith(f"{PART}/coverage[")]
    return min(by_class, key=lambda one: one.value / max(_baseline(one).value, 1e-12), default=None)


def _share_level(metric: Metric, baseline: Metric) -> Level:
    if _overlap(metric, baseline) or metric.value >= FEWER[0] * baseline.value:
        return "good"
    return "caution" if metric.value >= FEWER[1] * baseline.value else "bad"


def _both(metrics: Mapping[str, Metric], name: str) -> tuple[Metric, Metric]:
    metric = metrics[f"{PART}/{name}"]
    return metric, _baseline(metric)


def _baseline(metric: Metric) -> Metric:
    return metric if metric.real_vs_real is None else metric.real_vs_real


def _overlap(metric: Metric, baseline: Metric) -> bool:
    """Return whether the intervals overlap; without intervals, whether the values are equal."""
    low, high = metric.interval or (metric.value, metric.value)
    baseline_low, baseline_high = baseline.interval or (baseline.value, baseline.value)
    return low <= baseline_high and baseline_low <= high


def _number(metric: Metric) -> str:
    text = f"{metric.value:.3g}"
    return text if metric.interval is None else f"{text}, {metric.interval[0]:.3g} to {metric.interval[1]:.3g}"


def _percent(metric: Metric) -> str:
    text = f"{metric.value:.0%}"
    return text if metric.interval is None else f"{text} ({metric.interval[0]:.0%} to {metric.interval[1]:.0%})"
