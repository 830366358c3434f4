"""The verdict on the pairs, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

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
    low = own_nearer.value if own_nearer.interval is None else own_nearer.interval[0]
    share = f"{100 * own_nearer.value:.0f} % of the synthetic images are nearer to their own real image than to another"
    evidence = [own_nearer.name]
    for metric in metrics:
        if metric.name == "paired/ssim" and metric.real_vs_real is not None:
            share += f" (SSIM {metric.value:.2f}; two different real images have {metric.real_vs_real.value:.2f})"
            evidence.append(metric.name)
    if low <= CHANCE:
        few = own_nearer.value > ABOVE_CHANCE
        why = f"{own_nearer.n:,} pairs are too few to tell from chance" if few else "no more than chance"
        text = f"{share}: {why}. These may be no pairs at all (found by: {rule})."
        return Verdict("paired", "unclear" if few else "bad", text, tuple(evidence))
    level: Level = "good" if low >= NEARLY_ALL else "caution"
    return Verdict("paired", level, share + ".", tuple(evidence))
