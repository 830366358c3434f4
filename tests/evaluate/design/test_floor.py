"""The floor of a verdict: what is said where the control could not have told."""

from __future__ import annotations

import pytest

from medcurate.evaluate.design.floor import BY_WIDTH, Floor, all_of, enough_by_width, on_floor, too_few_to_tell
from medcurate.results import Enough, Verdict

ENOUGH = Enough(1200, 40, BY_WIDTH)
FEW = Floor("real images reach 0 % of the others", ENOUGH)
GOOD = Verdict("fidelity", "good", "Single images look real: 0 %.", ("fidelity/precision",))


def test_a_verdict_on_a_floor_that_holds_stays_as_it_is():
    assert on_floor(GOOD, Floor(), "whether single images look real") is GOOD


def test_without_a_floor_the_text_becomes_small_numbers_and_the_verdict_says_how_many_would_do():
    found = on_floor(GOOD, FEW, "whether single images look real")
    assert (found.level, found.label, found.numbers, found.evidence, found.enough) == (
        "too_few",
        "too few to tell",
        GOOD.text,
        GOOD.evidence,
        ENOUGH,
    )
    assert found.text == (
        "Too few to tell whether single images look real: real images reach 0 % of the others. About 1,200 held-out "
        "real images of 40 patients, and as many synthetic ones, would be enough."
    )
    assert Verdict.from_dict(found.to_dict()) == found
    assert on_floor(GOOD, FEW, "whether single images look real", "0 %.").numbers == "0 %."


def test_a_number_that_nobody_knows_is_not_named():
    text = too_few_to_tell("fidelity", "whether it is so", Floor("one patient is held out")).text
    assert text.endswith("one patient is held out. How many would be enough cannot be said from so few.")


def test_a_floor_that_holds_makes_no_such_verdict():
    with pytest.raises(ValueError, match="does not hold"):
        too_few_to_tell("fidelity", "whether it is so", Floor())


def test_several_controls_must_all_hold():
    other = Floor("no interval", Enough(90, None, BY_WIDTH))
    assert all_of(Floor(), Floor()).holds
    assert all_of(Floor(), FEW) == FEW
    assert all_of(other, FEW, other) == Floor("no interval; real images reach 0 % of the others", ENOUGH)
    assert all_of(Floor("nobody knows"), FEW).enough is None


@pytest.mark.parametrize(
    ("width", "wanted", "patients", "expected"),
    [
        (0.6, 0.3, 10, Enough(120, 40, BY_WIDTH)),  # half as wide: four times as many
        (0.6, 0.3, None, Enough(120, None, BY_WIDTH)),
        (0.2, 0.3, 10, Enough(30, 10, BY_WIDTH)),
        (0.5, 0.3, None, Enough(84, None, BY_WIDTH)),
        (float("inf"), 0.3, 10, None),
        (0.5, 0.0, 10, None),
        (100, 0.3, 10, None),  # more than anybody has
    ],
)
def test_how_many_would_be_enough_follows_from_the_width(width, wanted, patients, expected):
    assert enough_by_width(width, wanted, images=30, patients=patients) == expected
