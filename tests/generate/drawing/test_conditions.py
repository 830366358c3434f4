"""Words and values as columns."""

from __future__ import annotations

import math

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.generate.drawing.conditions import attribute_values, condition_columns, one_hot

CLASSES = {"tumor": ("glioma", "none"), "plane": ("axial", "coronal")}
NAMES = ("ventricle_ml", "tumor_mm2")


def asked(n):
    return {"tumor": ("glioma",) * n, "plane": ("axial",) * n}


def test_labels_are_laid_out_one_after_the_other():
    found = one_hot(CLASSES, {"plane": ("coronal", "axial"), "tumor": ("glioma", "none")}, 2)
    np.testing.assert_array_equal(found, [[1, 0, 0, 1], [0, 1, 1, 0]])
    assert one_hot({}, {}, 3).shape == (3, 0)
    assert one_hot(CLASSES, asked(0), 0).shape == (0, 4)


def test_an_attribute_that_is_not_given_is_not_present():
    values, present = attribute_values(NAMES, {"tumor_mm2": (3.5, math.nan)}, 2)
    np.testing.assert_array_equal(values, [[0, 3.5], [0, 0]])
    np.testing.assert_array_equal(present, [[0, 1], [0, 0]])
    assert attribute_values((), {}, 3)[0].shape == (3, 0)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"age": (1.0,)}, "expected ventricle_ml, tumor_mm2, received age"),
        ({"tumor_mm2": (1.0, 2.0)}, "a value for each of 1 images, received 2"),
    ],
)
def test_wrong_attributes_are_named(attributes, message):
    with pytest.raises(UsageError, match=message):
        attribute_values(NAMES, attributes, 1)


def test_every_column_has_its_presence():
    found = condition_columns(CLASSES, NAMES, asked(3), {"tumor_mm2": (1, 2, 3)}, 3)
    shapes = {"labels": (3, 4), "labels_present": (3, 2), "attributes": (3, 2), "attributes_present": (3, 2)}
    assert {name: column.shape for name, column in found.items()} == shapes
    assert all(column.dtype == np.float32 for column in found.values())
