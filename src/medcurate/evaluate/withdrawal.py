"""Take back what is good in a report whose synthetic images are copies of real ones, or of each other.

Copies of real images look real, have their variety, fit their anatomy and train a classifier: every number is right,
and none says anything about the generator. The numbers stay; the verdicts that call them good do not.
"""

from __future__ import annotations

from collections.abc import Sequence

from medcurate.evaluate.copies.metrics import HELD_OUT, REPEATS, TRAINING
from medcurate.evaluate.design.sides import Part
from medcurate.results import Metric, Verdict


def reason(metrics: Sequence[Metric]) -> str:
    """Return why no verdict may be good; empty where it may.

    Parameters
    ----------
    metrics : sequence of Metric
        Of the report.
    """
    beyond = {metric.name for metric in metrics if metric.settings.get("beyond") is True}
    found = [
        text
        for text, names in (
            ("are copies of real ones", {TRAINING, HELD_OUT}),
            ("repeat each other", {REPEATS}),
        )
        if beyond & names
    ]
    return f"the synthetic images {' and '.join(found)}" if found else ""


def withdrawn(part: Part, why: str) -> Part:
    """Return a part without its good verdicts: in place of them one says that they are not judged.

    Parameters
    ----------
    why : str
        See `reason`; nothing changes where it is empty.
    """
    good = [verdict for verdict in part.verdicts if verdict.level == "good"]
    if not good or not why:
        return part
    first = part.verdicts.index(good[0])
    evidence = tuple(dict.fromkeys(name for verdict in good for name in verdict.evidence))
    one = Verdict(good[0].part, "unclear", f"Not judged: {why}.", evidence)
    verdicts = [
        one if at == first else verdict
        for at, verdict in enumerate(part.verdicts)
        if at == first or verdict not in good
    ]
    return Part(part.metrics, tuple(verdicts), part.figures, part.notes)
