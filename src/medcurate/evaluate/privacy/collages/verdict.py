"""The verdict on pieces of training images."""

from __future__ import annotations

from collections.abc import Sequence

from medcurate.evaluate.design.floor import Floor, on_floor
from medcurate.results import Metric, Verdict

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
    more = share.real_vs_real is None or share.interval is None or share.interval[0] > _high(share.real_vs_real)
    p_value = found["p_value"]
    if p_value <= found["false_alarms"] and more:
        text = (
            f"Synthetic images contain pieces of training images: {numbers} (chance of so much: {_chance(p_value)}). "
            f"The largest piece of one training image fills {100 * piece.value:.0f} % of a synthetic head (median)."
        )
        return Verdict("privacy", "bad", text, evidence)
    if p_value <= _SUSPICIOUS and more:
        text = (
            f"Synthetic images may contain pieces of training images: {numbers} (chance of so much: "
            f"{_chance(p_value)}). Look at the pieces."
        )
        return Verdict("privacy", "caution", text, evidence)
    return on_floor(
        Verdict("privacy", "good", f"Pieces: no leak found by these tests; {numbers}.", evidence), floor, _QUESTION
    )


def _percent(metric: Metric | None) -> str:
    if metric is None or metric.interval is None:
        return "an unknown share"
    low, high = metric.interval
    return f"{100 * metric.value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _high(metric: Metric) -> float:
    return metric.interval[1] if metric.interval is not None else float("-inf")


def _chance(value: float) -> str:
    return f"{value:.4f}" if value < 0.01 else f"{value:.2f}"
