from __future__ import annotations

import pytest

from medcurate.curate.patients.split_leaks import check_leaks, find_leaks, keep_splits, split_of_path
from medcurate.errors import LeakError, UsageError


def test_a_patient_in_two_splits_is_a_leak_that_is_named():
    with pytest.raises(LeakError, match=r"patient group p2 in test and train") as caught:
        check_leaks(["train", "train", "test"], ["p1", "p2", "p2"])
    assert caught.value.exit_code == 70


def test_bad_input_63_copies_in_two_splits_are_a_leak():
    with pytest.raises(LeakError, match=r"duplicates of c1 in test and train"):
        check_leaks(["train", "test", "train"], ["p1", "p2", "p3"], ["c1", "c1", None])


def test_rows_without_duplicates_are_no_cluster():
    check_leaks(["train", "test"], ["p1", "p2"], [None, None])


def test_many_leaks_name_the_first_few_and_count_the_rest():
    groups = [f"p{row}" for row in range(8)]
    with pytest.raises(LeakError, match=r"p0 .*p4 in test and train; and 3 more"):
        check_leaks(["train"] * 8 + ["test"] * 8, groups * 2)


def test_columns_of_unequal_length_are_an_error():
    with pytest.raises(UsageError, match="groups: expected 2 values, one per row, received 1"):
        find_leaks(["train", "test"], ["p1"])


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("Training/glioma/a.jpg", "train"),
        ("set/Testing/glioma/a.jpg", "test"),
        ("validation/a.png", "val"),
        ("data.zip!train/a.png", "train"),
        ("train.jpg", None),
        ("training_notes/a.jpg", None),
        ("train/test/a.jpg", None),
    ],
)
def test_folders_name_splits(path, split):
    assert split_of_path(path) == split


def test_splits_of_the_input_are_kept_if_they_do_not_leak():
    assert keep_splits(["Training/a.jpg", "Testing/b.jpg"], ["p1", "p2"]) == ["train", "test"]


def test_splits_of_the_input_that_leak_are_refused():
    with pytest.raises(UsageError, match=r"these splits leak.*\(1 leaks\): duplicates of c in test and train"):
        keep_splits(["Training/a.jpg", "Testing/b.jpg"], ["p1", "p2"], ["c", "c"])


def test_paths_without_split_are_named():
    with pytest.raises(UsageError, match=r"none or several in 1 of 2, e\.g\. other/b\.jpg"):
        keep_splits(["Training/a.jpg", "other/b.jpg"], ["p1", "p2"])
