"""The sentence of advice, and what cannot be told."""

from __future__ import annotations

import pytest

from medcurate.compare.advice import advise, apart, untold
from medcurate.compare.rows import Mean, Row, summarize


def summaries(*given):
    rows = []
    for model, ratios, *more in given:
        kind, flags = (*more, "model", ())[:2] if more else ("model", ())
        rows += [Row(model, kind, seed, {"ratio": ratio}, {}, flags) for seed, ratio in enumerate(ratios)]
    return summarize(rows)


TIMES = "times the distance between real images"
AS_GOOD = "may be as good: the intervals over seeds overlap."
NOTHING = "There is nothing to choose from but"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            [("a", (2.0, 2.1, 2.2)), ("b", (9.0, 9.1, 9.2))],
            f"Take a, with 2.10 (1.85 to 2.35) {TIMES}, beyond the intervals of b.",
        ),
        (
            [("a", (2.0, 2.1, 2.2)), ("b", (2.1, 2.2, 2.3))],
            f"Take a, with 2.10 (1.85 to 2.35) {TIMES}, but b (2.20 (1.95 to 2.45)) {AS_GOOD}",
        ),
        (
            [("a", (2.0,)), ("b", (9.0,))],
            f"Take a, with 2.00 {TIMES}, but b (9.00) may be as good: one seed has no interval.",
        ),
        (
            [("a", (5.0,)), ("phantoms", (4.0,), "baseline"), ("real training images", (1.0,), "baseline")],
            f"{NOTHING} a, with 5.00 {TIMES}; nearer to real images without any training: phantoms.",
        ),
        (
            [("a", (1.0,), "model", ("copies",)), ("b", (3.0,))],
            f"{NOTHING} b, with 3.00 {TIMES}; a repeated training images and is left out.",
        ),
        ([("a", (1.0,), "model", ("collages",))], "Take none of them: a repeated training images."),
        (
            [("a", (8.0,))],
            f"None is near to real images yet. Give more time or images. {NOTHING} a, with 8.00 {TIMES}.",
        ),
        ([("real training images", (1.0,), "baseline")], "No family gave images that could be measured."),
    ],
)
def test_one_sentence(given, told):
    assert advise(summaries(*given)) == told


def test_intervals_apart():
    assert apart(Mean(1, 0, 2, 3), Mean(4, 3, 5, 3))
    assert not apart(Mean(1, 0, 3, 3), Mean(4, 3, 5, 3))
    assert not apart(Mean(1, None, None, 1), Mean(4, 3, 5, 3))


def test_what_cannot_be_told():
    one = list(untold(summaries(("a", (2.0,))), condition=(), held_out=50))
    assert any("Give --seeds 3 or more" in text for text in one)
    assert any("give --condition tumor" in text for text in one)
    assert any("Only 50 images are held out" in text for text in one)
    three = list(untold(summaries(("a", (2.0, 2.1, 2.2))), condition=("tumor",), held_out=500))
    assert three == ["What wins with this budget need not win with a larger one: look at the curves."]
    assert any("two seeds" in text for text in untold(summaries(("a", (2.0, 2.1))), condition=("tumor",), held_out=500))
