"""Both sides are compared by regions that both have."""

from __future__ import annotations

import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.dice.numbering import agreed_numbering


@pytest.mark.parametrize(
    ("real", "synthetic", "numbering"),
    [
        ({0, 1, 2, 4}, {0, 1, 2, 4}, "brats2020"),
        ({0, 1, 2, 4}, {0, 1, 2}, "brats2020"),
        ({0, 1, 2, 4}, {0, 1, 2, 3, 4}, "brats2013"),
        ({0, 1, 2, 3, 4}, {0, 1, 4}, "brats2013"),
        ({0, 1, 2, 3, 4}, {0, 255}, "binary"),
        ({0, 1}, {0, 1, 2, 4}, "binary"),
    ],
)
def test_it_is_that_of_the_real_masks_unless_one_side_is_binary(real, synthetic, numbering):
    assert agreed_numbering("auto", frozenset(real), frozenset(synthetic)) == (numbering, ())


@pytest.mark.parametrize(("real", "synthetic"), [({0, 1, 2, 3}, {0, 1, 2, 3}), ({0, 1, 2, 4}, {0, 1, 2, 9})])
def test_where_it_cannot_be_told_only_the_whole_tumor_is_measured_and_a_note_says_so(real, synthetic):
    numbering, notes = agreed_numbering("auto", frozenset(real), frozenset(synthetic))

    assert numbering == "binary"
    assert "only the whole tumor" in notes[0]
    assert "mask_labels: brats2013, brats2020, brats2023, msd" in notes[0]


def test_labels_that_a_named_numbering_does_not_know_are_noted():
    numbering, notes = agreed_numbering("brats2020", frozenset({0, 1, 3}), frozenset({0, 2, 7}))

    assert numbering == "brats2020"
    assert notes == ("the labels 3, 7 are in no region of brats2020: their pixels count as background",)
    assert agreed_numbering("msd", frozenset({0, 1, 3}), frozenset({2})) == ("msd", ())
    assert agreed_numbering("binary", frozenset({0, 9}), frozenset({2})) == ("binary", ())


def test_an_unknown_numbering_is_refused():
    with pytest.raises(UsageError, match="received 'brats'"):
        agreed_numbering("brats", frozenset(), frozenset())
