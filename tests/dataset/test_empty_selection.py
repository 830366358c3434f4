"""Where nothing is left, the message says which filter removed how many images, and what may have been meant."""

from __future__ import annotations

import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.empty_selection import Filtered, empty_selection
from medcurate.errors import UsageError
from tests.datasets_manifest.made_dataset import make, row


def test_a_single_filter_names_what_there_is():
    filters = [Filtered("plane", ["axial"], 9, 0)]
    assert empty_selection(filters, ["coronal"]) == "no image with plane axial; the dataset has coronal"
    assert empty_selection(filters, []).endswith("the dataset has none at all")


def test_a_misspelled_value_is_corrected():
    told = empty_selection([Filtered("tumor", ["pitutary"], 9, 0)], ["glioma", "pituitary"])
    assert told == "no image with tumor pitutary; the dataset has glioma, pituitary. Did you mean pituitary?"


def test_every_filter_says_how_many_it_removed(tmp_path):
    rows = [row("x", k, split="train", plane="axial", tumor="none") for k in range(3)]
    rows += [row("x", 3 + k, split="train", plane="coronal", tumor="glioma") for k in range(2)]
    rows += [row("x", 5 + k, split="test", plane="axial", tumor="glioma") for k in range(4)]
    dataset = Dataset.open(make(tmp_path, rows, ""))
    with pytest.raises(UsageError) as caught:
        dataset.select(split="train", plane="axial", tumor="glioma")
    assert str(caught.value).endswith(
        "no image with tumor glioma; the dataset has glioma, none. Of 9 images, split train removes 4, plane axial "
        "removes 2, and tumor glioma the other 3"
    )
