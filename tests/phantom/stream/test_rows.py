from __future__ import annotations

import numpy as np

from medcurate.phantom.stream.rows import ATTRIBUTES, CLASSES, normalized, one_hot


def test_labels_are_one_hot_condition_after_condition():
    labels = one_hot(np.array([[0, 3, 2, 1], [2, 0, 0, 0]], np.int8))
    assert labels.dtype == np.float32
    np.testing.assert_array_equal(
        labels, [[1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1], [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0]]
    )


def test_values_stand_in_alphabetical_order_as_those_of_real_images():
    assert all(list(values) == sorted(values) for values in CLASSES.values())


def test_attributes_are_shifted_and_divided_by_stated_constants():
    found = normalized(np.array([[40.0, 25000.0, 1200.0, 1000.0]]))
    np.testing.assert_allclose(found, [[1.0, 0.0, 1.0, 1.0]])
    assert list(ATTRIBUTES) == ["position_mm", "head_area_mm2", "ventricles_mm2", "tumor_area_mm2"]
