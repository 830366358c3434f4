from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.defaults import FRACTIONS
from medcurate.curate.patients.splits import assign_splits, check_leaks
from medcurate.errors import UsageError

PROPERTY = settings(deadline=None, max_examples=60)


@st.composite
def tables(draw):
    """Draw rows in groups of any size, with strata; some of them small."""
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=25))
    groups = [f"g{number}" for number, size in enumerate(sizes) for _ in range(size)]
    strata = {
        name: draw(st.lists(st.sampled_from([*values, None]), min_size=len(groups), max_size=len(groups)))
        for name, values in {"tumor": ("glioma", "none"), "plane": ("axial", "coronal", "sagittal")}.items()
    }
    return groups, strata, draw(st.integers(0, 5))


def patients(rng, n, *, largest=12):
    """Return rows of n patients, each with one tumor type and one source, and slices in any plane."""
    owner = np.repeat(np.arange(n), rng.integers(1, largest + 1, n))
    strata = {
        "tumor": rng.choice(["glioma", "meningioma", "none"], n, p=[0.6, 0.3, 0.1])[owner],
        "source": rng.choice(["a", "b"], n, p=[0.8, 0.2])[owner],
        "plane": rng.choice(["axial", "coronal", "sagittal"], len(owner), p=[0.6, 0.3, 0.1]),
    }
    return np.array([f"p{number}" for number in owner]), strata


def imbalance(code, strata, shares):
    """Return the chi-square distance between what splits have of each value and what they should have."""
    total = 0.0
    for column in strata.values():
        for value in np.unique(column):
            here = np.bincount(code[column == value], minlength=len(shares))
            wanted = np.array(shares) * here.sum()
            total += float(((here - wanted) ** 2 / wanted).sum())
    return total


@PROPERTY
@given(tables(), st.integers(2, 4))
def test_no_group_is_in_two_splits_or_folds_and_every_row_is_in_one(table, folds):
    groups, strata, seed = table
    found = assign_splits(groups, strata, seed=seed, folds=folds)
    check_leaks(found.split_names(), groups)
    assert set(found.split_names()) <= set(FRACTIONS)
    assert len(found.code) == len(found.fold) == len(groups)
    owners: dict[str, int] = {}
    for group, fold, name in zip(groups, found.fold.tolist(), found.split_names(), strict=True):
        assert owners.setdefault(group, fold) == fold
        assert (fold == -1) == (name == "test")
        assert -1 <= fold < folds


@PROPERTY
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_makes_no_difference(table, random):
    groups, strata, seed = table
    order = list(range(len(groups)))
    random.shuffle(order)
    here = assign_splits(groups, strata, seed=seed, folds=3)
    there = assign_splits(
        [groups[row] for row in order],
        {name: [column[row] for row in order] for name, column in strata.items()},
        seed=seed,
        folds=3,
    )
    np.testing.assert_array_equal(here.code[order], there.code)
    np.testing.assert_array_equal(here.fold[order], there.fold)
    assert here.notes == there.notes


@PROPERTY
@given(tables())
def test_no_split_is_empty_where_there_are_groups_enough(table):
    groups, strata, seed = table
    found = assign_splits(groups, strata, seed=seed)
    assert len(set(found.code.tolist())) == min(3, len(set(groups)))


@pytest.mark.parametrize("n", [60, 300])
def test_sizes_are_within_a_group_of_what_was_asked_for(rng, n):
    groups, strata = patients(rng, n)
    found = assign_splits(groups, strata)
    off = np.bincount(found.code, minlength=3) - np.array(list(FRACTIONS.values())) * len(groups)
    assert np.abs(off).max() <= 12


def test_splits_are_more_alike_than_random_ones(rng):
    groups, strata = patients(rng, 120)
    shares = list(FRACTIONS.values())
    ours = imbalance(assign_splits(groups, strata).code, strata, shares)
    names, owner = np.unique(groups, return_inverse=True)
    random = [imbalance(rng.choice(3, len(names), p=shares)[owner], strata, shares) for _ in range(200)]
    assert ours < min(random)
    assert ours < 0.2 * np.median(random)


def test_folds_are_more_alike_than_random_ones(rng):
    groups, strata = patients(rng, 120)
    found = assign_splits(groups, strata, fractions={"train": 1.0}, folds=5)
    assert sorted(set(found.fold.tolist())) == [0, 1, 2, 3, 4]
    names, owner = np.unique(groups, return_inverse=True)
    random = [imbalance(rng.integers(0, 5, len(names))[owner], strata, [0.2] * 5) for _ in range(200)]
    assert imbalance(found.fold, strata, [0.2] * 5) < min(random)


def test_images_without_patient_are_shared_out_exactly(rng):
    tumor = rng.choice(["glioma", "none"], 2000, p=[0.9, 0.1])
    found = assign_splits([f"i{row}" for row in range(2000)], {"tumor": tumor})
    assert np.bincount(found.code).tolist() == [1400, 300, 300]
    rare = np.bincount(found.code[tumor == "none"]) / (tumor == "none").sum()
    np.testing.assert_allclose(rare, [0.7, 0.15, 0.15], atol=0.01)


def test_strata_of_one_group_each_do_not_distort_the_sizes():
    """Each of 200 sources has one patient: its best place alone would be train, for every one of them."""
    groups = [f"p{row // 3}" for row in range(600)]
    assert np.bincount(assign_splits(groups, {"source": groups}).code).tolist() == [420, 90, 90]


def test_seed_decides():
    groups = [f"p{row}" for row in range(50)]
    first, again, other = (assign_splits(groups, {}, seed=seed).code for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_another_group_moves_few_and_none_that_are_fixed(rng):
    groups, strata = patients(rng, 200)
    before = assign_splits(groups, strata)
    grown = np.append(groups, ["new"] * 5)
    strata = {name: np.append(column, [column[0]] * 5) for name, column in strata.items()}
    decided = dict(zip(groups.tolist(), before.split_names(), strict=True))
    after = assign_splits(grown, strata, fixed=decided)
    np.testing.assert_array_equal(after.code[: len(groups)], before.code)
    assert len(set(after.code[len(groups) :].tolist())) == 1


def test_new_groups_fill_what_fixed_ones_lack():
    groups = [f"p{row}" for row in range(100)]
    found = assign_splits(groups, {}, fixed=dict.fromkeys(groups[:70], "train"))
    assert np.bincount(found.code).tolist() == [70, 15, 15]


def test_a_group_larger_than_a_split_goes_whole_where_it_fits_and_is_noted():
    groups = ["large"] * 60 + [f"p{row}" for row in range(40)]
    found = assign_splits(groups, {})
    assert set(found.split_names(0, 60)) == {"train"}
    assert np.bincount(found.code).tolist() == [70, 15, 15]
    huge = assign_splits(["large"] * 90 + [f"p{row}" for row in range(10)], {})
    assert np.bincount(huge.code).tolist() == [90, 5, 5]
    assert any("train has 90.0% of the images, 70.0% were requested" in note for note in huge.notes)


@pytest.mark.parametrize(("n", "expected"), [(1, ["train"]), (2, ["test", "train"]), (3, ["test", "train", "val"])])
def test_too_few_groups_are_noted(n, expected):
    found = assign_splits([f"p{row % n}" for row in range(60)], {})
    assert sorted(set(found.split_names())) == expected
    assert (f"only {n} patient group" in found.notes[0]) == (n < 3)


def test_a_class_of_few_patients_is_noted():
    groups = [f"p{row}" for row in range(40)]
    found = assign_splits(groups, {"tumor": ["pituitary"] * 2 + [None] * 38})
    assert any(note.startswith("tumor pituitary: 2 patient groups, none in") for note in found.notes)
    many = assign_splits(groups, {"source": groups})
    assert many.notes[-1].startswith("and 35 more")


def test_no_rows_give_no_rows():
    found = assign_splits([], {"tumor": []}, folds=2)
    assert len(found.code) == len(found.fold) == 0


def test_more_folds_than_groups_are_noted():
    found = assign_splits(["a", "b"], {}, fractions={"train": 1}, folds=3)
    assert sorted(set(found.fold.tolist())) != [-1]
    assert any("3 folds" in note for note in found.notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"fractions": {"train": 0.7, "test": 0.2}},
            "expected shares above 0 with the sum 1, received train 0.7, test 0.2",
        ),
        ({"fractions": {}}, "received none"),
        ({"fractions": {"train": 1.5, "test": -0.5}}, "above 0"),
        ({"fractions": {"train": float("nan"), "test": 0.5}}, "above 0"),
        ({"folds": 1}, "folds: expected 0 for none, or 2 to"),
        ({"strata": {"plane": ["axial"]}}, "expected 2 values of 'plane', one a row, received 1"),
        ({"fixed": {"a": "holdout"}}, "expected splits among train, val, test, received holdout"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(UsageError, match=message):
        assign_splits(["a", "b"], **{"strata": {}, **options})
