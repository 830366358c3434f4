"""Dice and Jaccard agree with MONAI and SimpleITK, and add up over slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medcurate.errors import UsageError
from medcurate.evaluate.dice.overlap import Overlap, overlap
from tests.evaluate.dice.mask_samples import PAIRS

# compute_dice and compute_iou of MONAI 1.6.1 with PyTorch 2.13.0, include_background=True, on the same masks (float32)
MONAI = {
    "2-D, shifted": (0.616314173, 0.445414841),
    "2-D, a part far away": (0.680497944, 0.515723288),
    "2-D, at the border, with a hole": (0.679738581, 0.514851511),
    "3-D, anisotropic": (0.749179244, 0.598950148),
    "3-D, apart": (0.0, 0.0),
    "3-D, the same": (1.0, 1.0),
}
MASKS = hnp.arrays(np.bool_, (5, 6))


@pytest.mark.parametrize("name", PAIRS)
def test_monai_gives_the_same(name):
    found, expected, _ = PAIRS[name]

    result = overlap(found, expected)

    assert (result.dice, result.jaccard) == pytest.approx(MONAI[name], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_simpleitk_gives_the_same(name):
    itk = pytest.importorskip("SimpleITK")
    found, expected, _ = PAIRS[name]
    peer = itk.LabelOverlapMeasuresImageFilter()
    peer.Execute(*(itk.GetImageFromArray(mask.astype(np.uint8)) for mask in (found, expected)))

    result = overlap(found, expected)

    assert result.dice == pytest.approx(peer.GetDiceCoefficient(1), abs=1e-12)
    assert result.jaccard == pytest.approx(peer.GetJaccardCoefficient(1), abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(found=MASKS, expected=MASKS)
def test_it_is_symmetric_within_bounds_and_both_say_the_same(found, expected):
    result = overlap(found, expected)

    if not (found.any() or expected.any()):
        assert np.isnan(result.dice)
        assert np.isnan(result.jaccard)
        return
    assert result.dice == overlap(expected, found).dice
    assert 0 <= result.jaccard <= result.dice <= 1
    assert result.jaccard == pytest.approx(result.dice / (2 - result.dice))
    assert (result.dice == 1) == bool((found == expected).all())


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(MASKS, MASKS), min_size=1, max_size=4))
def test_slices_add_up_to_their_volume(slices):
    found, expected = (np.stack([pair[side] for pair in slices]) for side in (0, 1))

    total = sum((overlap(*pair) for pair in slices), Overlap(0, 0, 0))

    assert total == overlap(found, expected)


@pytest.mark.parametrize(
    ("found", "expected", "match"),
    [
        (np.ones((2, 3), bool), np.ones((3, 2), bool), r"one shape, received \(2, 3\) and \(3, 2\)"),
        (np.ones((2, 2), np.uint8), np.ones((2, 2), bool), "expected bool, received uint8 and bool"),
    ],
)
def test_what_cannot_be_compared_is_refused(found, expected, match):
    with pytest.raises(UsageError, match=match):
        overlap(found, expected)
