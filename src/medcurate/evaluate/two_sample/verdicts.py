"""Verdicts of the part two_sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from medcurate.evaluate.design.floor import Floor, enough_by_width, too_few_to_tell
from medcurate.results import Enough, Level, Metric, Verdict

PART = "two_sample"
SMALL, LARGE = 0.6, 0.8
"""Accuracies: below the first, the classifier is little better than a guess; from the second, the distinction is easy.
"""
FEW = 100
"""Number of images below which an accuracy under one half is no hint at copies."""
BEHIND, FAR_BEHIND = 0.1, 0.3
"""Largest acceptable loss of agreement for synthetic labels, compared with real ones."""


def verdicts(metrics: Sequence[Metric]) -> Iterator[Verdict]:
    """Yield the verdicts."""
    tests = [metric for metric in metrics if metric.name.startswith("two_sample/accuracy[")]
    controls = [metric for metric in metrics if metric.name.startswith("two_sample/training_accuracy[")]
    if tests:
        decides = max(tests, key=lambda metric: metric.value)
        variant = decides.name.partition("[")[2]
        training = next((metric for metric in controls if metric.name.partition("[")[2] == variant), None)
        yield _told_apart(decides, training, tuple(metric.name for metric in tests))
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


def _told_apart(metric: Metric, training: Metric | None, names: tuple[str, ...]) -> Verdict:
    low, high = metric.interval or (math.nan, math.nan)
    baseline = metric.real_vs_real
    beside = "" if baseline is None else f"; two halves of the real images: {_percent(baseline)}"
    text = f"A classifier tells synthetic from real images in {_percent(metric)} of all cases (a guess: 50 %{beside})."
    shown = low > 0.5 and metric.value >= SMALL
    floor = _floor(metric, training, shown=shown, high=high)
    if not floor.holds:
        question = "whether a classifier can tell synthetic from real images"
        return too_few_to_tell(PART, question, floor, numbers=text, evidence=names)
    level: Level = "good" if not shown else "bad" if metric.value >= LARGE else "caution"
    return Verdict(PART, level, text, names)


def _floor(metric: Metric, training: Metric | None, *, shown: bool, high: float) -> Floor:
    """Return whether the test could tell: a control must be there, and an easy distinction would have shown.

    The control is the accuracy between two halves of the real images, or else between training and held-out images. A
    difference that the control has, too, is one between patients.
    """
    control = training if metric.real_vs_real is None else metric.real_vs_real
    folds = int(metric.settings.get("folds", 5))
    patients = Enough(max(metric.n // 2, 4 * folds), 2 * folds, "every half needs a patient for each fold")
    if control is None or math.isnan(high):
        return Floor("the held-out real images are of too few patients to compare two halves of them", patients)
    if shown and control.value >= metric.value:
        why = f"real images of other patients are told from them in {_percent(control)} of all cases, too"
        return Floor(why, patients)
    if shown or high < LARGE:
        return Floor()
    wanted = LARGE - metric.value
    why = f"the accuracy may be as high as {100 * high:.0f} %"
    return Floor(why, enough_by_width(high - metric.value, wanted, images=max(1, metric.n // 2), patients=None))


def _labels(metric: Metric) -> Verdict:
    baseline = metric.real_vs_real
    text = f"A classifier trained on real images agrees with {_percent(metric)} of the synthetic labels"
    if baseline is None or math.isnan(baseline.value):
        return Verdict(PART, "unclear", f"{text}; there are no held-out real ones to compare with.", (metric.name,))
    text = f"{text}, and with {_percent(baseline)} of the held-out real ones."
    behind = baseline.value - metric.value
    least = baseline.value if baseline.interval is None else baseline.interval[0]
    apart = metric.interval is not None and metric.interval[1] < least
    level: Level = "good"
    if apart and behind >= BEHIND:
        level = "bad" if behind >= FAR_BEHIND else "caution"
    floor = _label_floor(metric, baseline, shown=apart)
    if not floor.holds:
        question = "whether synthetic labels are right"
        return too_few_to_tell(PART, question, floor, numbers=text, evidence=(metric.name,))
    return Verdict(PART, level, text, (metric.name,))


def _label_floor(metric: Metric, baseline: Metric, *, shown: bool) -> Floor:
    """Return whether the classifier knows the classes of real images, and wrong labels would have shown."""
    chance = 1 / max(2, len(metric.settings.get("classes", ())))
    if baseline.value < chance + BEHIND:
        return Floor(
            f"the classifier is right about {_percent(baseline)} of the held-out real images, hardly more than a guess"
        )
    if shown:
        return Floor()
    low = math.nan if metric.interval is None else metric.interval[0]
    if low > baseline.value - FAR_BEHIND:
        return Floor()
    wanted = FAR_BEHIND - max(0.0, baseline.value - metric.value)
    enough = enough_by_width(metric.value - low, wanted, images=metric.n, patients=None)
    return Floor(f"the agreement may be as low as {100 * low:.0f} %", enough)


def _percent(metric: Metric) -> str:
    return f"{100 * metric.value:.0f} %"
