"""What may be chosen for the columns, and how masks become channels."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.samples import ColumnChoice
from medcurate.dataset.samples.choice import region_channels, source_channels
from medcurate.errors import UsageError


def test_regions_may_overlap_and_are_all_or_nothing():
    labels = np.array([[0, 1], [2, 9]])
    found = region_channels(labels, {"whole": None, "core": (1, 9), "edge": (2,)})
    assert found.dtype == np.uint8
    assert found.transpose(2, 0, 1).tolist() == [[[0, 255], [255, 255]], [[0, 255], [0, 255]], [[0, 0], [255, 0]]]


@pytest.mark.parametrize(("kind", "inside", "outside"), [("u1", 255, 0), ("u2", 65535, 0), ("f4", 1, -1)])
def test_a_mask_beside_images_is_scaled_to_their_type(kind, inside, outside):
    image = np.full((2, 2), 0.5 if kind == "f4" else 7, kind)
    mask = np.array([[[255], [0]], [[0], [255]]], np.uint8)
    found = source_channels({"T2": image}, mask, ("mask", "T2"))
    assert found.dtype == np.dtype(kind)
    assert found[..., 0].tolist() == [[inside, outside], [outside, inside]]
    np.testing.assert_array_equal(found[..., 1], image)
    assert source_channels({}, mask, ("mask",)).tolist() == mask.tolist()


def test_contrasts_are_those_of_the_target_then_those_of_the_source():
    choice = ColumnChoice(target=("T1", "FLAIR"), source=("mask", "T2"), regions={"tumor": None})
    assert choice.contrasts == ("T1", "FLAIR", "T2")
    assert (choice.source_contrasts, choice.needs_mask) == (("T2",), True)
    assert ColumnChoice(target=None, source=("T2",)).contrasts == ("T2",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": ("T1",), "source": ("T1",)}, "contrasts: T1 is there twice"),
        ({"condition": ("tumor", "tumor")}, "condition: tumor is there twice"),
        ({"condition": ("age",)}, "expected tumor or plane, received 'age'"),
        ({"source": ("mask",)}, "the mask needs regions"),
        ({"target": ("mask",)}, "a mask can be a source, not a target"),
        ({"source": ("T1",)}, "target: name its contrasts"),
        ({"target": None}, "target, source: expected one of them"),
        ({"attributes": ("a", "a")}, "attributes: a is there twice"),
    ],
)
def test_choices_that_make_no_sense_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        ColumnChoice(**options)
