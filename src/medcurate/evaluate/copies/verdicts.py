"""Verdicts on copies of real images and on repeats among synthetic ones."""

from __future__ import annotations

from medcurate.evaluate.copies.metrics import HELD_OUT, TRAINING
from medcurate.results import Metric, Verdict

_FEWEST = 12  # synthetic images: of fewer, none is a copy even if a quarter of what the generator draws are
_MANY_REAL = 0.05  # share of real images that are copies of other real ones, from which on a comparison says little


def copies_verdict(training: Metric, held_out: Metric, figures: tuple[str, ...] = ()) -> Verdict:
    """Return whether more synthetic images are copies of real ones than real images of different patients are.

    Parameters
    ----------
    training, held_out : Metric
        Of `metrics.copy_metric`.
    figures : tuple of str
        Names of the figures that show the copies.
    """
    evidence = (training.name, held_out.name, *figures)
    many = [metric for metric in (training, held_out) if metric.settings["beyond"]]
    if many:
        found = " and ".join(f"{_count(metric)} are copies of {_of(metric)} images{_equal(metric)}" for metric in many)
        return Verdict(
            "copies",
            "bad",
            f"The synthetic images are copies: {found}. Between real images of different patients it is "
            f"{_floor(training)}. Nothing else in this report is evidence for the generator.",
            evidence,
        )
    most = max(training, held_out, key=lambda metric: metric.value)
    return _without_alarm(
        most,
        f"copies of real ones ({training.settings['copies']:,} of training images, "
        f"{held_out.settings['copies']:,} of held-out ones)",
        f"real images of different patients ({_floor(training)})",
        evidence,
    )


def repeats_verdict(repeats: Metric, figures: tuple[str, ...] = ()) -> Verdict:
    """Return whether more synthetic images repeat each other than real images do.

    Parameters
    ----------
    repeats : Metric
        Of `metrics.copy_metric`, with the number of ``distinct`` images and of ``all`` images in its settings.
    figures : tuple of str
        Names of the figures that show the repeats.
    """
    found, evidence = repeats.settings, (repeats.name, *figures)
    if found["beyond"]:
        equal = f"; {found['equal']:,} of {found['all']:,} are equal to another one" if found["equal"] else ""
        return Verdict(
            "copies",
            "bad",
            f"The synthetic images repeat each other: {_count(repeats)} are copies of another one, and "
            f"{found['distinct']:,} differ from all before them{equal}. Among real images it is {_floor(repeats)}. "
            "Nothing else in this report is evidence for the generator.",
            evidence,
        )
    return _without_alarm(repeats, "copies of another one", f"real images ({_floor(repeats)})", evidence)


def _without_alarm(metric: Metric, what: str, among: str, evidence: tuple[str, ...]) -> Verdict:
    floor = metric.real_vs_real
    found = f"{_count(metric)} are {what}"
    if metric.n < _FEWEST:
        text = f"{found}. These are too few images to say that a generator does not copy."
        return Verdict("copies", "unclear", text, evidence)
    if floor is not None and metric.value > floor.value:
        text = f"{found}: more than among {among}, but that may be chance. Look at them."
        return Verdict("copies", "caution", text, evidence)
    if floor is not None and floor.value >= _MANY_REAL:
        text = f"{found}: no more than among {among}. The real images repeat each other: run medcurate dedupe first."
        return Verdict("copies", "unclear", text, evidence)
    return Verdict("copies", "good", f"{found}: no more than among {among}.", evidence)


def _of(metric: Metric) -> str:
    return {TRAINING: "training", HELD_OUT: "held-out"}[metric.name]


def _count(metric: Metric) -> str:
    return f"{metric.settings['copies']:,} of {metric.n:,} synthetic images"


def _equal(metric: Metric) -> str:
    equal = metric.settings["equal"]
    return f" ({equal:,} of them gray value by gray value)" if equal else ""


def _floor(metric: Metric) -> str:
    floor = metric.real_vs_real
    if floor is None or floor.interval is None:
        return "not known"
    people = "" if floor.settings["patients"] == floor.n else f" of {floor.settings['patients']:,} patients"
    return (
        f"{round(floor.value * floor.n):,} of {floor.n:,}{people}; 95 % interval up to {100 * floor.interval[1]:.1f} %"
    )
