"""Verdicts of the part two_sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from medcurate.results import Level, Metric, Verdict

PART = "two_sample"
SMALL, LARGE = 0.6, 0.8
"""Accuracies: below the first, the classifier is little better than a guess; from the second, the distinction is easy.
"""
FEW = 100
"""Number of images below which an accuracy near one half means little."""
BEHIND, FAR_BEHIND = 0.1, 0.3
"""Largest acceptable loss of agreement for synthetic labels, compared with real ones."""


def verdicts(metrics: Sequence[Metric]) -> Iterator[Verdict]:
    """Yield the verdicts."""
    tests = [metric for metric in metrics if metric.name.startswith("two_sample/accuracy[")]
    controls = [metric for metric in metrics if metric.name.startswith("two_sample/training_accuracy[")]
    if tests:
        yield _told_apart(max(tests, key=lambda metric: metric.value), [metric.name for metric in tests])
    copied = [m for m in tests if m.interval and m.interval[1] < 0.5 and m.n >= FEW]
    if copied:
        yield Verdict(
            PART,
            "caution",
            f"The classifier is wrong more often than chance ({_percent(copied[0])}): held-out real images and "
            "synthetic ones come in pairs that look alike. Look for copies.",
            tuple(metric.name for metric in copied),
        )
    shifted = [metric for metric in controls if metric.interval is not None and metric.interval[0] > SMALL]
    if shifted:
        worst = max(shifted, key=lambda metric: metric.value)
        yield Verdict(
            PART,
            "caution",
            f"Real training images are told from held-out ones, too ({_percent(worst)}): that part of the difference "
            "is not the generator's.",
            tuple(metric.name for metric in controls),
        )
    labels = next((metric for metric in metrics if metric.name == "two_sample/label_agreement"), None)
    if labels is not None and not math.isnan(labels.value):
        yield _labels(labels)


def _told_apart(metric: Metric, names: Sequence[str]) -> Verdict:
    low, high = metric.interval or (math.nan, math.nan)
    level: Level = "good"
    if low > 0.5 and metric.value >= SMALL:
        level = "bad" if metric.value >= LARGE else "caution"
    elif metric.n < FEW or high >= LARGE:
        level = "unclear"
    baseline = metric.real_vs_real
    beside = "" if baseline is None else f"; two halves of the real images: {_percent(baseline)}"
    text = f"A classifier tells synthetic from real images in {_percent(metric)} of all cases (a guess: 50 %{beside})."
    return Verdict(PART, level, text, tuple(names))


def _labels(metric: Metric) -> Verdict:
    baseline = metric.real_vs_real
    text = f"A classifier trained on real images agrees with {_percent(metric)} of the synthetic labels"
    if baseline is None or math.isnan(baseline.value):
        return Verdict(PART, "unclear", f"{text}; there are no held-out real ones to compare with.", (metric.name,))
    behind = baseline.value - metric.value
    apart = metric.interval is not None and metric.interval[1] < baseline.value
    level: Level = "good"
    if apart and behind >= BEHIND:
        level = "bad" if behind >= FAR_BEHIND else "caution"
    elif metric.n < FEW:
        level = "unclear"
    return Verdict(PART, level, f"{text}, and with {_percent(baseline)} of the held-out real ones.", (metric.name,))


def _percent(metric: Metric) -> str:
    return f"{100 * metric.value:.0f} %"
