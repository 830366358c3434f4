"""Regions are the labels that occur in masks."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.samples import found_regions
from medcurate.errors import UsageError
from tests.dataset.samples.sample_folders import Folder, with_volumes


def masked(folder, *labels):
    made = Folder(folder)
    for number, values in enumerate(labels):
        mask = None if values is None else np.array([[0, *values]], np.uint8)
        made.slice(f"i{number}", np.zeros((1, 1 + len(values or (0,))), np.uint8), mask)
    return made.open()


def test_each_label_is_a_region(tmp_path):
    assert found_regions(masked(tmp_path, [4], None, [1, 2])) == {"1": (1,), "2": (2,), "4": (4,)}


def test_one_label_alone_is_the_mask(tmp_path):
    assert found_regions(masked(tmp_path, [7], [0], [7])) == {"mask": None}


def test_labels_of_volumes_count(tmp_path, rng):
    assert found_regions(with_volumes(tmp_path, rng)) == {"1": (1,), "2": (2,)}


def test_none_or_too_many_labels_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"no mask of .* has a label"):
        found_regions(masked(tmp_path / "none", [0], None))
    with pytest.raises(UsageError, match="masks have 17 labels"):
        found_regions(masked(tmp_path / "many", list(range(1, 18))))
