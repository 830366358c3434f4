"""The verdict on pieces of training images."""

from __future__ import annotations

from collections.abc import Sequence

from medcurate.evaluate.design.floor import Floor, on_floor
from medcurate.results import Level, Metric, Verdict

_SUSPICIOUS = 0.05
_QUESTION = "whether images are put together from pieces of training images"


def collage_verdict(metrics: Sequence[Metric], floor: Floor) -> Verdict:
    """Return whether generated images repeat more of the training images than chance explains.

    Parameters
    ----------
    metrics : sequence of Metric
        ``privacy/repeated_windows``, then ``privacy/largest_piece`` (median).
    floor : Floor
        Of `chance.floor`.
    """
    share, piece = metrics[0], metrics[1]
    evidence = (*(metric.name for metric in metrics), "privacy/pieces")
    found = share.settings
    if "why" in found:
        text = "Pieces of training images were not searched: no window of a synthetic image shows enough of a head."
        return Verdict("privacy", "unclear", text, evidence[:-1])
    numbers = (
        f"{_percent(share)} of the windows of synthetic images repeat a window of a training image, and "
        f"{_percent(share.real_vs_real)} of those of held-out images"
    )
    chance = f"chance of so much: {_chance(found['p_value'])}"
    level = collage_level(share)
    if level == "bad":
        text = (
            f"Synthetic images contain pieces of training images: {numbers} ({chance}). The largest piece of one "
            f"training image fills {100 * piece.value:.0f} % of a synthetic head (median)."
        )
        return Verdict("privacy", level, text, evidence)
    if level == "caution":
        text = f"Synthetic images may contain pieces of training images: {numbers} ({chance}). Look at the pieces."
        return Verdict("privacy", level, text, evidence)
    text = f"Pieces: no leak found by these tests; {numbers}."
    return on_floor(Verdict("privacy", level, text, evidence[:-1]), floor, _QUESTION)


def collage_level(share: Metric) -> Level:
    """Return the level of the verdict, where the floor holds.

    Parameters
    ----------
    share : Metric
        ``privacy/repeated_windows``. To be a leak, it has to be above the interval of held-out images, and no chance.
    """
    held_out = share.real_vs_real
    if share.interval is None or held_out is None or share.interval[0] <= _high(held_out):
        return "good"
    p_value, rate = share.settings["p_value"], share.settings["false_alarms"]
    return "bad" if p_value <= rate else "caution" if p_value <= _SUSPICIOUS else "good"


def _percent(metric: Metric | None) -> str:
    if metric is None or metric.interval is None:
        return "an unknown share"
    low, high = metric.interval
    return f"{100 * metric.value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _high(metric: Metric) -> float:
    return metric.interval[1] if metric.interval is not None else float("-inf")


def _chance(value: float) -> str:
    return f"{value:.4f}" if value < 0.01 else f"{value:.2f}"
