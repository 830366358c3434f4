from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from medcurate.dataset import Dataset
from medcurate.evaluate.paired.controls import others
from tests.evaluate.paired.pair_samples import write_images


def dataset(tmp_path, paths, patients=None):
    found = Dataset.open(write_images(tmp_path / "d", dict.fromkeys(paths, np.zeros((8, 8), np.uint8))))
    if patients is None:
        return found
    at = found.rows.schema.get_field_index("patient_group")
    return dataclasses.replace(found, rows=found.rows.set_column(at, "patient_group", pa.array(patients, pa.string())))


def test_another_one_of_the_same_kind_and_never_itself(tmp_path):
    paths = [f"{plane}/{tumor}/{n}.png" for plane in ("axial", "coronal") for tumor in "ab" for n in range(5)]
    found = dataset(tmp_path, paths)
    rows = list(range(len(paths)))
    other = others(found, rows, seed=3)
    kinds = [path.rsplit("/", 1)[0] for path in found.rows.column("path").to_pylist()]
    assert all(place != row and kinds[place] == kinds[row] for row, place in enumerate(other.tolist()))
    np.testing.assert_array_equal(other, others(found, rows, seed=3))
    assert (other != others(found, rows, seed=4)).any()


def test_another_patient_where_there_is_one(tmp_path):
    found = dataset(tmp_path, [f"a/{n}.png" for n in range(6)], ["p", "p", "p", "q", "q", "q"])
    other = others(found, range(6), seed=0)
    assert [place // 3 for place in other.tolist()] == [1, 1, 1, 0, 0, 0]


def test_the_only_one_of_its_kind_takes_any_other(tmp_path):
    found = dataset(tmp_path, ["a/1.png", "b/1.png"])
    assert others(found, [0, 1], seed=0).tolist() == [1, 0]
