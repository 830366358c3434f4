"""Attributes are those of training examples with the same labels, or those that were asked for."""

from __future__ import annotations

import math
from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.generate.synthetic.attribute_plan import plan_attributes
from medcurate.generate.synthetic.draw_plan import label_counts
from medcurate.generate.synthetic.label_plan import plan_labels
from medcurate.generate.training.training_set import AttributeRow, ClassCount

COUNTS = (ClassCount("axial", "glioma", 2), ClassCount("axial", "none", 1))
LABELS = plan_labels({"tumor": ("glioma", "none")}, COUNTS)
ROWS = (
    AttributeRow("axial", "glioma", (1.0, 10.0)),
    AttributeRow("axial", "none", (2.0, None)),
    AttributeRow("axial", "glioma", (3.0, 30.0)),
)
NAMES = ("area", "volume")


def drawn(plan, n):
    """Return label and attributes of the first draws."""
    given_ = plan.given(list(islice(plan.places(), n)))
    return list(zip(given_["labels"]["tumor"], *(given_["attributes"][name] for name in NAMES), strict=True))


def test_values_occur_together_with_their_labels():
    plan = plan_attributes(NAMES, LABELS, ROWS)
    found = drawn(plan, 30)
    assert {row[:2] for row in found} == {("glioma", 1.0), ("glioma", 3.0), ("none", 2.0)}
    assert all(volume == 10 * area for tumor, area, volume in found if tumor == "glioma")
    assert all(math.isnan(volume) for tumor, _, volume in found if tumor == "none")
    assert label_counts(plan, 30) == {("axial", "glioma"): 20, ("axial", "none"): 10}
    assert Counter(area for _, area, _ in found) == {1.0: 10, 3.0: 10, 2.0: 10}


def test_values_that_are_asked_for_replace_those_of_examples():
    plan = plan_attributes(NAMES, LABELS, ROWS, chosen={"volume": -7.5})
    assert {row[1:] for row in drawn(plan, 30)} == {(1.0, -7.5), (2.0, -7.5), (3.0, -7.5)}
    assert plan.identity()["attributes"] == {"volume": -7.5}


def test_without_an_example_of_the_label_it_is_left_to_the_generator():
    found = drawn(plan_attributes(NAMES, LABELS, ROWS[:1]), 6)
    assert all(math.isnan(area) for tumor, area, _ in found if tumor == "none")
    assert {area for tumor, area, _ in found if tumor == "glioma"} == {1.0}


def test_examples_are_those_of_the_class_that_is_asked_for():
    rows = (AttributeRow("axial", "glioma", (1.0, 1.0)), AttributeRow("axial", "none", (2.0, 2.0)))
    labels = plan_labels({"tumor": ("glioma", "none")}, COUNTS, chosen={"tumor": "none"})
    assert {row[1] for row in drawn(plan_attributes(NAMES, labels, rows), 5)} == {2.0}


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 5))
def test_more_draws_have_the_same_beginning(n, more, seed):
    plan = plan_attributes(NAMES, LABELS, ROWS * 3, seed=seed)
    assert list(islice(plan.places(), n + more))[:n] == list(islice(plan.places(), n))
    again = plan_attributes(NAMES, LABELS, ROWS * 3, seed=seed)
    assert [str(row) for row in drawn(plan, n)] == [str(row) for row in drawn(again, n)]


def test_seeds_take_examples_in_other_orders():
    rows = tuple(AttributeRow("axial", "glioma", (float(k), 0.0)) for k in range(20))
    orders = {tuple(row[1] for row in drawn(plan_attributes(NAMES, LABELS, rows, seed=seed), 20)) for seed in range(4)}
    assert len(orders) == 4


@pytest.mark.parametrize(
    ("chosen", "text"), [({"age": 1.0}, "expected one of area, volume"), ({"area": math.inf}, "finite")]
)
def test_what_a_generator_cannot_be_given(chosen, text):
    with pytest.raises(UsageError, match=text):
        plan_attributes(NAMES, LABELS, ROWS, chosen=chosen)
