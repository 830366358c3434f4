"""Verdicts of the part overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from medcurate.results import Figure, Level, Metric, Verdict

PART = "overlap"
SMALL, LARGE = 0.05, 0.2
"""Differences from real against real: below the first they do not matter, from the second on they are bad."""
FEW = 50
"""Fewer images per side than this show only large differences."""


def verdicts(metrics: Sequence[Metric], figures: Sequence[Figure] = ()) -> Iterator[Verdict]:
    """Yield the verdicts.

    A difference from real against real counts if its interval excludes zero and it is not small.

    Parameters
    ----------
    metrics : sequence of Metric
        Metrics of the part.
    figures : sequence of Figure
        Figures of the part, to which verdicts refer.
    """
    by_name = {metric.name: metric for metric in metrics}
    shown = tuple(figure.name for figure in figures)
    if "overlap/density_overlap" in by_name:
        yield _density(by_name["overlap/density_overlap"], shown)
    yield _neighbors(by_name)
    yield _coverage(by_name["overlap/cluster_coverage"], shown)
    missing = [metric for metric in metrics if metric.value == 0 and "why" in metric.settings]
    if missing:
        names = ", ".join(metric.name.partition("=")[2].rstrip("]") for metric in missing)
        evidence = tuple(metric.name for metric in missing)
        yield Verdict(PART, "bad", f"No synthetic image is of the class {names}, which real images have.", evidence)
    control = by_name.get("overlap/training_neighbors[of_real]")
    if control is not None and level_of(control, sign=-1) in ("caution", "bad"):
        yield Verdict(
            PART,
            "caution",
            f"Real training images do not overlap completely with the held-out ones, either: {_percent(control)} of "
            "the nearest neighbors of a held-out image are training images, of equally many. That part of the "
            "difference is not due to the generator.",
            (control.name,),
        )


def level_of(metric: Metric, *, sign: int) -> Level:
    """Return how much a metric differs from real against real.

    Parameters
    ----------
    metric : Metric
        With ``gap`` and ``gap_interval`` in its settings.
    sign : int
        -1 if lower than real against real is worse, 1 if higher is.
    """
    gap = sign * float(metric.settings["gap"])
    nearest_zero = min(sign * end for end in metric.settings["gap_interval"])
    if math.isnan(gap):
        return "unclear"
    if nearest_zero <= 0 or gap < SMALL:
        return "unclear" if metric.settings["images_a_side"] < FEW else "good"
    return "bad" if gap >= LARGE else "caution"


def _density(metric: Metric, shown: tuple[str, ...]) -> Verdict:
    level = level_of(metric, sign=-1)
    sentence = {
        "good": "lie in the same places as real ones",
        "caution": "lie partly in other places than real ones",
        "bad": "lie in other places than real ones",
        "unclear": "are too few to tell whether they lie where real ones do",
    }[level]
    evidence = (metric.name, *(name for name in shown if name == "overlap/origin"))
    return Verdict(
        PART, level, f"Synthetic images {sentence}: densities overlap by {_with_baseline(metric)}.", evidence
    )


def _neighbors(by_name: Mapping[str, Metric]) -> Verdict:
    of_real = by_name["overlap/synthetic_neighbors[of_real]"]
    of_synthetic = by_name["overlap/synthetic_neighbors[of_synthetic]"]
    order: tuple[Level, ...] = ("bad", "caution", "unclear", "good")
    level = min(level_of(of_real, sign=-1), level_of(of_synthetic, sign=1), key=order.index)
    near_real = level_of(of_synthetic, sign=-1) in ("caution", "bad")
    text = (
        f"Among the {of_real.settings['k']} nearest neighbors of a real image, {_percent(of_real)} are synthetic, and "
        f"of a synthetic image, {_percent(of_synthetic)}; in a perfect mixture it would be half."
    )
    if near_real:
        text += " Synthetic images lie nearer to held-out real ones than to each other: look for copies."
        level = min(level, "caution", key=order.index)
    return Verdict(PART, level, text, (of_real.name, of_synthetic.name))


def _coverage(metric: Metric, shown: tuple[str, ...]) -> Verdict:
    level = level_of(metric, sign=-1)
    text = f"Of {metric.settings['clusters']} clusters of real images, synthetic ones cover {_percent(metric)}."
    return Verdict(PART, level, text, (metric.name, *(name for name in shown if name == "overlap/uncovered")))


def _with_baseline(metric: Metric) -> str:
    baseline = metric.real_vs_real
    return f"{metric.value:.2f}" + ("" if baseline is None else f" (real against real: {baseline.value:.2f})")


def _percent(metric: Metric) -> str:
    baseline = metric.real_vs_real
    return f"{100 * metric.value:.0f} %" + (
        "" if baseline is None else f" (real against real: {100 * baseline.value:.0f} %)"
    )
