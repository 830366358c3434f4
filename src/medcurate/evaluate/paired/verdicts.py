"""The verdict on the pairs, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from medcurate.evaluate.design.floor import Floor, enough_by_width, too_few_to_tell
from medcurate.results import Level, Metric, Verdict

NEARLY_ALL = 0.9
"""Least fraction of synthetic images closer to their own real image, at the lower end of the interval."""
CHANCE = 0.5
ABOVE_CHANCE = 0.6
"""Fraction from which more pairs might exclude chance."""


def verdict_of(own_nearer: Metric, metrics: Sequence[Metric], rule: str) -> Verdict:
    """Return whether the pairs match, and how close they are.

    Parameters
    ----------
    own_nearer : Metric
        Fraction of synthetic images closer to their own real image than to another.
    metrics : sequence of Metric
        Metrics of the part; the value of SSIM is quoted.
    rule : str
        Rule by which the pairs were found.
    """
    low, high = own_nearer.interval or (0.0, 1.0)
    share = f"{100 * own_nearer.value:.0f} % of the synthetic images are nearer to their own real image than to another"
    evidence = [own_nearer.name]
    for metric in metrics:
        if metric.name == "paired/ssim" and metric.real_vs_real is not None:
            share += f" (SSIM {metric.value:.2f}; two different real images have {metric.real_vs_real.value:.2f})"
            evidence.append(metric.name)
    if low > CHANCE:
        level: Level = "good" if low >= NEARLY_ALL else "caution"
        return Verdict("paired", level, share + ".", tuple(evidence))
    doubt = f"These may be no pairs at all (found by: {rule})."
    if own_nearer.value > ABOVE_CHANCE or high >= NEARLY_ALL:
        numbers = f"{share}. {doubt}"
        floor = _floor(own_nearer, low, high)
        return too_few_to_tell("paired", "whether the pairs match", floor, numbers=numbers, evidence=tuple(evidence))
    return Verdict("paired", "bad", f"{share}: no more than chance. {doubt}", tuple(evidence))


def _floor(own_nearer: Metric, low: float, high: float) -> Floor:
    """Return why the interval tells nothing, and the pairs that would exclude chance, or else nearly all."""
    value = own_nearer.value
    above = value > ABOVE_CHANCE
    width, wanted = (value - low, value - CHANCE) if above else (high - value, NEARLY_ALL - value)
    why = f"with {own_nearer.n:,} pairs the share may be {100 * low:.0f} to {100 * high:.0f} %, and chance gives 50 %"
    return Floor(why, enough_by_width(width, wanted, images=own_nearer.n, patients=None))
