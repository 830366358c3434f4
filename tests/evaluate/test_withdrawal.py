"""Where the synthetic images are copies, numbers stay, and verdicts that call them good do not."""

from __future__ import annotations

import pytest

from medcurate.evaluate.design.sides import Part
from medcurate.evaluate.withdrawal import reason, withdrawn
from medcurate.results import Metric, Verdict


def metric(name, beyond):
    return Metric(name, 0.9, (0.8, 1.0), 50, {"beyond": beyond})


@pytest.mark.parametrize(
    ("beyond", "told"),
    [
        ((), ""),
        (("training",), "the synthetic images are copies of real ones"),
        (("held_out",), "the synthetic images are copies of real ones"),
        (("repeats",), "the synthetic images repeat each other"),
        (("training", "repeats"), "the synthetic images are copies of real ones and repeat each other"),
    ],
)
def test_the_reason_is_told_in_words(beyond, told):
    assert reason([metric(f"copies/{name}", name in beyond) for name in ("training", "held_out", "repeats")]) == told


def test_another_metric_gives_no_reason():
    assert reason([metric("fidelity/recall", True)]) == ""


def test_good_verdicts_become_one_that_does_not_judge():
    good = [Verdict("privacy", "good", f"No leak {n}.", (f"privacy/{n}", "privacy/all")) for n in "ab"]
    bad = Verdict("privacy", "bad", "A leak.", ("privacy/c",))
    metrics = (Metric("privacy/a", 0.5, None, 9),)
    found = withdrawn(Part(metrics, (good[0], bad, good[1]), notes=("seen",)), "the synthetic images are copies")
    assert found.verdicts == (
        Verdict(
            "privacy",
            "unclear",
            "Not judged: the synthetic images are copies.",
            ("privacy/a", "privacy/all", "privacy/b"),
        ),
        bad,
    )
    assert (found.metrics, found.notes) == (metrics, ("seen",))


def test_a_part_without_a_good_verdict_or_without_a_reason_is_left_alone():
    bad = Part(verdicts=(Verdict("anatomy", "bad", "Wrong."),))
    good = Part(verdicts=(Verdict("anatomy", "good", "Right."),))
    assert withdrawn(bad, "the synthetic images are copies") is bad
    assert withdrawn(good, "") is good
