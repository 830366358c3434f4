"""Labels are divided as in the training set, or evenly, and image k has the same label whatever n is."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.generate.synthetic.draw_plan import label_counts
from medcurate.generate.synthetic.label_plan import plan_labels
from medcurate.generate.training.training_set import ClassCount

COUNTS = (
    ClassCount("axial", "glioma", 6),
    ClassCount("axial", "none", 3),
    ClassCount("coronal", "none", 1),
    ClassCount("axial", None, 5),
)
TUMOR = {"tumor": ("glioma", "none")}
BOTH = {"tumor": ("glioma", "none"), "plane": ("axial", "coronal")}


def first(plan, n):
    return list(islice(plan.places(), n))


def test_as_in_training():
    plan = plan_labels(TUMOR, COUNTS)
    assert label_counts(plan, 10) == {("axial", "glioma"): 6, (None, "none"): 4}
    assert plan.labels([0, 1, 1]) == {"tumor": ("glioma", "none", "none")}


def test_balanced():
    assert label_counts(plan_labels(TUMOR, COUNTS, balanced=True), 10) == {("axial", "glioma"): 5, (None, "none"): 5}
    plan = plan_labels(BOTH, COUNTS, balanced=True)
    assert label_counts(plan, 9) == {("axial", "glioma"): 3, ("axial", "none"): 3, ("coronal", "none"): 3}


def test_one_class():
    assert label_counts(plan_labels(TUMOR, COUNTS, chosen={"tumor": "glioma"}), 4) == {("axial", "glioma"): 4}
    plan = plan_labels(BOTH, COUNTS, chosen={"tumor": "none"})
    assert label_counts(plan, 4) == {("axial", "none"): 3, ("coronal", "none"): 1}
    assert label_counts(plan_labels(BOTH, COUNTS, chosen={"tumor": "none"}, balanced=True), 4)["coronal", "none"] == 2


def test_without_a_condition_labels_are_those_that_all_training_images_share():
    assert label_counts(plan_labels({}, COUNTS), 3) == {(None, None): 3}
    same = [ClassCount("axial", "glioma", 4)]
    assert label_counts(plan_labels({}, same), 3) == {("axial", "glioma"): 3}
    assert plan_labels({}, same).labels([0, 0]) == {}
    assert label_counts(plan_labels({}, same, chosen={"tumor": "glioma", "plane": "axial"}), 3) == {
        ("axial", "glioma"): 3
    }


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 300))
def test_shares_are_kept_from_the_start(weights, n):
    names = tuple(f"t{k}" for k in range(len(weights)))
    plan = plan_labels({"tumor": names}, [ClassCount(None, name, w) for name, w in zip(names, weights, strict=True)])
    total = sum(weights)
    counts = Counter(first(plan, n))
    for place, weight in enumerate(weights):
        assert abs(counts[place] - n * weight / total) < len(weights)
    whole = Counter(first(plan, 2 * total))
    assert [whole[place] for place in range(len(weights))] == [2 * weight for weight in weights]
    assert first(plan, n) == first(plan, n + 50)[:n]


@pytest.mark.parametrize(
    ("classes", "options", "text"),
    [
        ({}, {"balanced": True}, "--balanced: the generator was trained without --condition"),
        (TUMOR, {"chosen": {"tumor": "glyoma"}}, "--class tumor=glyoma: expected glioma or none"),
        (TUMOR, {"chosen": {"contrast": "T1"}}, "expected tumor=VALUE or plane=VALUE, received contrast=T1"),
        (TUMOR, {"chosen": {"plane": "axial"}}, "trained on several planes without --condition plane"),
        ({}, {"chosen": {"tumor": "glioma"}}, "trained on several tumors without --condition tumor"),
        (
            BOTH,
            {"chosen": {"tumor": "glioma", "plane": "coronal"}},
            "no image of the training set has tumor=glioma and",
        ),
        ({"tumor": ("meningioma",)}, {}, "no image of the training set has labels that the generator knows"),
    ],
)
def test_what_a_generator_cannot_do(classes, options, text):
    with pytest.raises(UsageError, match=text):
        plan_labels(classes, COUNTS, **options)
