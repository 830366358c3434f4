from __future__ import annotations

import numpy as np

from medcurate.generate.initial.row_map import Condition, row_map

PHANTOMS = Condition({"plane": ("axial", "coronal", "sagittal"), "tumor": ("glioma", "none")}, ("area",))


def test_places_are_labels_then_values_then_presence():
    assert list(PHANTOMS.places) == [
        *(("plane", "axial"), ("plane", "coronal"), ("plane", "sagittal"), ("tumor", "glioma"), ("tumor", "none")),
        *(("attribute area", "value"), ("attribute area", "present")),
    ]


def test_equal_values_copy_their_rows_and_the_rest_is_folded_by_its_shares():
    found = row_map(PHANTOMS, Condition({"tumor": ("glioma", "none")}), {"plane": {"axial": 3, "coronal": 1}}, {})
    np.testing.assert_array_equal(found.matrix, [[0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0]])
    np.testing.assert_allclose(found.folded, [0.75, 0.25, 0, 0, 0, 0, 1])
    assert found.always == (0, 1)


def test_unknown_values_get_the_mean_and_unknown_conditions_nothing():
    now = Condition({"tumor": ("metastasis", "none"), "sex": ("f", "m")}, ("area", "age"))
    found = row_map(PHANTOMS, now, {}, {"area": 0.5})
    np.testing.assert_allclose(found.matrix[0], [0, 0, 0, 0.5, 0.5, 0, 0])
    assert not found.matrix[2:4].any()
    np.testing.assert_allclose(found.folded, [1 / 3, 1 / 3, 1 / 3, 0, 0, 0, 0])
    assert [found.matrix[now.places["attribute area", kind]].argmax() for kind in ("value", "present")] == [5, 6]
    assert not found.matrix[now.places["attribute age", "value"]].any()


def test_an_attribute_that_is_gone_is_folded_at_its_mean():
    found = row_map(PHANTOMS, Condition({}), {}, {"area": -0.25})
    np.testing.assert_allclose(found.folded[-2:], [-0.25, 1])
    assert found.matrix.shape == (0, 7)
    assert found.always == ()


def test_the_same_condition_is_carried_over_as_it_is():
    found = row_map(PHANTOMS, PHANTOMS, {}, {})
    np.testing.assert_array_equal(found.matrix, np.eye(7))
    assert not found.folded.any()
