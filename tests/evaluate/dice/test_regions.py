"""Each numbering gives the same regions of the same tumor, and is told by the labels that occur."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.dice.regions import NUMBERINGS, as_bits, named_regions, numbering_of, region_masks

# one pixel each of: background, necrosis, edema, non-enhancing, enhancing
TISSUES = {
    "brats2013": [0, 1, 2, 3, 4],
    "brats2020": [0, 1, 2, 1, 4],
    "brats2023": [0, 1, 2, 1, 3],
    "msd": [0, 2, 1, 2, 3],
}


@pytest.mark.parametrize(("numbering", "labels"), TISSUES.items())
def test_all_numberings_give_the_same_regions(numbering, labels):
    regions = named_regions(numbering)

    masks = region_masks(as_bits(np.array(labels, np.uint8), regions), regions)

    assert masks["whole_tumor"].tolist() == [False, True, True, True, True]
    assert masks["tumor_core"].tolist() == [False, True, False, True, True]
    assert masks["enhancing"].tolist() == [False, False, False, False, True]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.int64])
def test_every_label_of_a_binary_mask_is_tumor(dtype):
    regions = NUMBERINGS["binary"]

    masks = region_masks(as_bits(np.array([0, 1, 100], dtype), regions), regions)

    assert list(masks) == ["whole_tumor"]
    assert masks["whole_tumor"].tolist() == [False, True, True]


def test_labels_of_no_region_are_background():
    regions = NUMBERINGS["brats2020"]

    assert as_bits(np.array([3, 7, 200], np.uint8), regions).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("labels", "numbering"),
    [
        ({0}, "binary"),
        ({0, 1}, "binary"),
        ({0, 255}, "binary"),
        ({0, 4}, "brats2020"),
        ({0, 1, 2, 4}, "brats2020"),
        ({0, 1, 2, 3, 4}, "brats2013"),
        ({0, 1, 2, 3}, None),
        ({0, 1, 2}, None),
        ({0, 1, 4, 9}, None),
    ],
)
def test_the_numbering_is_told_where_it_can_be(labels, numbering):
    assert numbering_of(frozenset(labels)) == numbering


@pytest.mark.parametrize("labels", [np.array([-1, 0]), np.array([0, 70000]), np.array([0.0, 1.0])])
def test_labels_out_of_range_are_refused(labels):
    with pytest.raises(UsageError, match="expected whole numbers from 0 to 65,535"):
        as_bits(labels, NUMBERINGS["binary"])


def test_a_byte_holds_eight_regions():
    with pytest.raises(UsageError, match="regions: expected 1 to 8, received 9"):
        as_bits(np.zeros(3, np.uint8), {str(number): (number,) for number in range(9)})


def test_an_unknown_numbering_names_the_known_ones():
    with pytest.raises(UsageError, match=r"expected binary, brats2013, .* received 'brats'"):
        named_regions("brats")
