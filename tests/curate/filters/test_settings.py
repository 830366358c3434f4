"""The choice of images: names as the catalogue spells them, and numbers in their ranges."""

from __future__ import annotations

import pytest

from medcurate.curate.filters.settings import Filters
from medcurate.errors import UsageError


def test_names_are_spelled_as_in_the_catalogue():
    filters = Filters(contrast=("t1CE", "flair"), modality=("mr",), plane=("Axial",))
    assert (filters.contrast, filters.modality, filters.plane) == (("T1ce", "FLAIR"), ("MR",), ("axial",))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tumor": ("cyst",)}, "tumor: expected one of glioma, meningioma, pituitary, none, received 'cyst'"),
        ({"exclude_notes": ("LOUD",)}, "exclude_notes: expected one of"),
        ({"min_mask_area": 1.5}, r"min_mask_area: expected 0 to 1, received 1.5"),
        ({"min_position": float("nan")}, "min_position: expected 0 to 1, received nan"),
        ({"min_size": -1}, "min_size: expected 0 or more, received -1"),
        ({"min_size": 9, "max_size": 8}, "expected min_size to be at most max_size, received 9 and 8"),
    ],
)
def test_wrong_filters_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        Filters(**options)


def test_filters_are_true_if_any_is_set():
    assert not Filters()
    assert Filters(min_size=1)
