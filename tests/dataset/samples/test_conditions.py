"""Labels and attributes come with what is known of them."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.samples.conditions import attribute_columns, label_columns
from medcurate.errors import UsageError
from tests.dataset.samples.sample_folders import Folder


def test_conditions_stand_one_after_the_other_and_unknown_is_all_zeros():
    values = {"tumor": ["b", None, "a"], "plane": ["x", "y", None]}
    columns, classes = label_columns(values, 3)
    assert classes == {"tumor": ("a", "b"), "plane": ("x", "y")}
    assert columns["labels"].tolist() == [[0, 1, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert columns["labels_present"].tolist() == [[1, 1], [0, 1], [1, 0]]
    assert columns["labels"].dtype == columns["labels_present"].dtype == np.float32


def test_no_condition_has_no_columns_but_rows():
    columns, classes = label_columns({}, 4)
    assert classes == {}
    assert columns["labels"].shape == columns["labels_present"].shape == (4, 0)


def test_a_condition_needs_two_values():
    with pytest.raises(UsageError, match="two tumors or more, received a"):
        label_columns({"tumor": ["a", None, "a"]}, 3)


@pytest.fixture
def folder(tmp_path):
    made = Folder(tmp_path / "data")
    for number, area in enumerate((0.25, None, 0.5)):
        made.slice(f"i{number}", np.zeros((4, 4), np.uint8), mask_area=area, position=number / 2)
    made.open()
    return tmp_path / "data"


def test_attributes_of_the_catalogue(folder):
    found = attribute_columns(folder, [("i0",), ("i1",), ("i1", "i2"), ("gone",)], ("mask_area", "position"))
    assert found["attributes"].tolist() == [[0.25, 0], [0, 0.5], [0.5, 0.5], [0, 0]]
    assert found["attributes_present"].tolist() == [[1, 1], [0, 1], [1, 1], [0, 0]]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_attributes_of_a_table(folder, tmp_path, suffix):
    import pyarrow as pa
    from pyarrow import csv, parquet

    table = pa.table({"image_id": ["i2", "i0"], "ventricles": [7, None], "name": ["x", "y"]})
    path = tmp_path / f"a.{suffix}"
    (csv.write_csv if suffix == "csv" else parquet.write_table)(table, path)
    found = attribute_columns(folder, [("i0",), ("i2",)], ("ventricles",), path)
    assert found["attributes"].tolist() == [[0], [7]]
    assert found["attributes_present"].tolist() == [[0], [1]]
    with pytest.raises(UsageError, match="expected numbers in 'name'"):
        attribute_columns(folder, [], ("name",), path)
    with pytest.raises(UsageError, match="expected a column 'age'"):
        attribute_columns(folder, [], ("age",), path)


def test_only_numbers_can_be_attributes(folder, tmp_path):
    with pytest.raises(UsageError, match="expected numeric columns"):
        attribute_columns(folder, [], ("tumor",))
    with pytest.raises(UsageError, match="cannot be read as a table"):
        attribute_columns(folder, [], ("a",), tmp_path / "none.csv")
