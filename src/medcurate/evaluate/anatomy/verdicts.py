"""The verdict on the real ranges, in one or two sentences."""

from __future__ import annotations

from collections.abc import Sequence

from medcurate.evaluate.anatomy.measures import MEASURES
from medcurate.results import Metric, Verdict

FAR = 10.0
"""Fraction of synthetic images outside the real range (%) that needs attention, at the lower end of its interval."""

_TITLES = {measure.name: measure.title for measure in MEASURES}


def verdict_of(metrics: Sequence[Metric]) -> Verdict | None:
    """Return which measures are outside the real ranges more often than those of held-out real images.

    None without a metric ``anatomy/outside``. A measure is reported if the intervals of synthetic and real fractions do
    not overlap.
    """
    ranges = [m for m in metrics if m.name.startswith("anatomy/outside[") and "only" not in m.settings]
    if not ranges:
        return None
    out = sorted((m for m in ranges if _stands_out(m)), key=lambda metric: -metric.value)
    evidence = tuple(metric.name for metric in (out or ranges))
    if not out:
        names = ", ".join(_TITLES[metric.settings["measure"]] for metric in ranges)
        return Verdict("anatomy", "good", f"Within the real ranges as often as real images are: {names}.", evidence)
    level = "bad" if any(metric.interval is not None and metric.interval[0] >= FAR for metric in out) else "caution"
    text = "Outside the real range more often than held-out real images: " + "; ".join(map(_with_numbers, out)) + "."
    return Verdict("anatomy", "bad" if level == "bad" else "caution", text, evidence)


def _stands_out(metric: Metric) -> bool:
    baseline = metric.real_vs_real
    if metric.interval is None or baseline is None or baseline.interval is None:
        return False
    return metric.interval[0] > baseline.interval[1]


def _with_numbers(metric: Metric) -> str:
    below, above = metric.settings["below"], metric.settings["above"]
    way = "mostly below" if below > 2 * above else "mostly above" if above > 2 * below else "on both sides"
    baseline = 0.0 if metric.real_vs_real is None else metric.real_vs_real.value
    return f"{_TITLES[metric.settings['measure']]} ({metric.value:.0f} % of images, {way}; real {baseline:.0f} %)"
