"""One sentence of advice from what a comparison found, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from medcurate.compare.rows import Mean, Summary, ratio_of
from medcurate.evaluate.fidelity.floors import FARTHER

STOPPERS = ("copies", "collages")
"""Flags with which a family is not advised, however good its figures are."""

FAR = FARTHER[1]
"""Ratio beyond which no images are worth drawing, as the verdict of fidelity has it."""
FAR_HINT = "Give more time or images"


def advise(summaries: Sequence[Summary]) -> str:
    """Return which family to take, how sure that is, and whether it is worth taking yet.

    A family whose images are copies or collages of training images is not advised. A difference counts where the
    intervals over seeds do not overlap.
    """
    models = [one for one in summaries if one.kind == "model" and "ratio" in one.means]
    if not models:
        return "No family gave images that could be measured."
    leaking = [one for one in models if any(one.flags.get(flag) for flag in STOPPERS)]
    clean = [one for one in models if one not in leaking]
    out = f"; {_names(leaking)} repeated training images and {_is(leaking)} left out" if leaking else ""
    if not clean:
        return f"Take none of them: {_names(leaking)} repeated training images."
    best, others = clean[0], clean[1:]
    far = f"None is near to real images yet. {FAR_HINT}. " if ratio_of(best) > FAR else ""
    return f"{far}{_choice(best, others)}{_beside(best, summaries)}{out}."


def _choice(best: Summary, others: Sequence[Summary]) -> str:
    told = f"{best.model}, with {told_ratio(best.means['ratio'])} times the distance between real images"
    if not others:
        return f"There is nothing to choose from but {told}"
    near = [one for one in others if not apart(best.means["ratio"], one.means["ratio"])]
    if not near:
        return f"Take {told}, beyond the intervals of {_names(others)}"
    why = "one seed has no interval" if best.means["ratio"].n < 2 else "the intervals over seeds overlap"
    return f"Take {told}, but {_names(near)} ({_ratios(near)}) may be as good: {why}"


def _beside(best: Summary, summaries: Sequence[Summary]) -> str:
    """Say which baselines that are no real images it does not beat."""
    ahead = [
        one for one in summaries if one.kind == "baseline" and _is_synthetic(one) and ratio_of(one) < ratio_of(best)
    ]
    if not ahead:
        return ""
    return f"; nearer to real images without any training: {_names(ahead)}"


def _is_synthetic(summary: Summary) -> bool:
    return "training images" not in summary.model


def apart(one: Mean, other: Mean) -> bool:
    """Say whether two intervals do not overlap; False where one has none."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or other.high < one.low


def told_ratio(mean: Mean) -> str:
    """Write a ratio with its interval, such as ``1.92 (1.80 to 2.04)``."""
    if mean.low is None or mean.high is None:
        return f"{mean.value:.2f}"
    return f"{mean.value:.2f} ({mean.low:.2f} to {mean.high:.2f})"


def _ratios(summaries: Sequence[Summary]) -> str:
    return ", ".join(told_ratio(one.means["ratio"]) for one in summaries)


def _names(summaries: Sequence[Summary]) -> str:
    *first, last = [one.model for one in summaries]
    return f"{', '.join(first)} and {last}" if first else last


def _is(summaries: Sequence[Summary]) -> str:
    return "is" if len(summaries) == 1 else "are"


def untold(summaries: Sequence[Summary], *, condition: Sequence[str], held_out: int) -> Iterator[str]:
    """Yield what this comparison cannot tell."""
    models = [one for one in summaries if one.kind == "model"]
    if any(len(one.seeds) < 2 for one in models):
        yield "With one training of a family there is no interval: a difference may be chance. Give --seeds 3 or more."
    elif any(len(one.seeds) == 2 for one in models):
        yield "Intervals over two seeds are very wide (Student's t with one degree of freedom)."
    if not condition:
        yield "Images were drawn without labels, so whether labels are right was not measured: give --condition tumor."
    if held_out < 100:
        yield (
            f"Only {held_out:,} images are held out: distances of so few images also hold their chance. They compare "
            "with each other, not with those of other numbers of images."
        )
    yield "What wins with this budget need not win with a larger one: look at the curves."
