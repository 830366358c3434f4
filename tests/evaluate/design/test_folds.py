"""Folds, halves and shares: whole patients, of the size that was asked for, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.evaluate.design.folds import (
    fold_numbers,
    group_numbers,
    half_of_each,
    half_splits,
    random_share,
    share_of_groups,
)

patients = st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=2, max_size=80)


def whole(part, groups):
    """Say whether no group is in two parts."""
    number = group_numbers(groups, len(groups))
    return all(len(set(part[number == one].tolist())) == 1 for one in set(number.tolist()))


def test_groups_are_numbered_as_they_appear_and_none_stands_alone():
    np.testing.assert_array_equal(group_numbers(["a", "b", "a", None, None, "b"], 6), [0, 1, 0, 2, 3, 1])


@given(groups=patients, folds=st.integers(2, 5), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_folds_hold_whole_groups_and_none_is_empty(groups, folds, seed):
    fold = fold_numbers(len(groups), groups=groups, folds=folds, seed=seed)
    there_are = len(set(group_numbers(groups, len(groups)).tolist()))
    assert set(fold.tolist()) == set(range(min(folds, there_are)))
    assert whole(fold, groups)


@given(groups=patients, share=st.floats(0.1, 0.9), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=60)
def test_a_share_holds_whole_groups_and_is_neither_all_nor_none(groups, share, seed):
    drawn = random_share(len(groups), groups=groups, share=share, seed=seed)
    assert 0 < drawn.sum() < len(groups)
    number = group_numbers(groups, len(groups))
    if number.max():
        assert whole(drawn, groups)
    np.testing.assert_array_equal(drawn, share_of_groups(number, share=share, seed=seed))


@given(groups=patients)
@settings(deadline=None, max_examples=30)
def test_shares_come_out_right_on_average(groups):
    number = group_numbers(groups, len(groups))
    means = [share_of_groups(number, seed=seed).mean() for seed in range(40)]
    largest = np.bincount(number).max() / len(groups)
    assert np.mean(means) == pytest.approx(0.5, abs=0.1 + largest / 2)


def test_folds_are_of_one_size_and_keep_patients_together(rng):
    patient = rng.integers(0, 40, 300)
    folds = fold_numbers(300, groups=patient.tolist())
    assert set(folds) == set(range(32))
    assert all(len(set(folds[patient == one])) == 1 for one in set(patient))
    sizes = np.bincount(fold_numbers(103))
    assert (sizes.min(), sizes.max()) == (3, 4)


def test_there_are_no_more_folds_than_patients():
    assert set(fold_numbers(30, groups=["a"] * 10 + ["b"] * 10 + ["c"] * 10)) == {0, 1, 2}


def test_the_seed_decides():
    np.testing.assert_array_equal(fold_numbers(50, seed=3), fold_numbers(50, seed=np.random.default_rng(3)))
    assert (fold_numbers(50, seed=3) != fold_numbers(50, seed=4)).any()


def test_halves_are_halves():
    splits = half_splits(9, splits=30)
    assert splits.shape == (30, 9)
    assert set(splits.sum(axis=1)) == {4}
    assert len({tuple(row) for row in splits.tolist()}) > 20
    assert half_splits(5).shape == (0, 5)


def test_folds_are_even_where_patients_are_not(rng):
    groups = np.repeat(np.arange(30), rng.integers(1, 40, 30)).tolist()
    counts = np.bincount(fold_numbers(len(groups), groups=groups, folds=5, seed=rng))
    assert counts.max() - counts.min() <= 5, "one patient has up to 39 images"


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_shares_are_of_the_size_asked_for(rng, share):
    groups = rng.integers(0, 30, 200).tolist()
    assert random_share(200, groups=groups, share=share, seed=rng).mean() == pytest.approx(share, abs=0.06)
    assert random_share(200, share=share, seed=rng).sum() == 200 * share


def test_both_halves_have_images_even_if_one_patient_has_nearly_all(rng):
    for _ in range(20):
        assert 0 < random_share(10, groups=["a"] * 9 + ["b"], seed=rng).sum() < 10
    assert random_share(10, groups=["a"] * 10, seed=rng).sum() == 5


def test_half_of_each_stratum_is_drawn():
    strata = {f"g{n}": "glioma" for n in range(10)} | {f"n{n}": "none" for n in range(5)}
    drawn = half_of_each(strata, seed=1)
    assert sum(one.startswith("g") for one in drawn) == 5
    assert sum(one.startswith("n") for one in drawn) == 2
    assert drawn == half_of_each(strata, seed=1) != half_of_each(strata, seed=2)


def test_where_each_stratum_has_one_group_half_of_all_are_drawn():
    assert len(half_of_each({"a": "glioma", "b": "none", "c": "pituitary", "d": "meningioma"}, seed=0)) == 2
    assert half_of_each({"a": "glioma"}, seed=0) == set()


def test_what_cannot_be_divided_is_refused():
    with pytest.raises(UsageError, match="received 0 and 32"):
        fold_numbers(0)
    with pytest.raises(UsageError, match="one for each of 3 images, received 2"):
        fold_numbers(3, groups=["a", "b"])
