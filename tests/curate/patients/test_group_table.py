"""`groups.csv`: one line a group of several images, whatever the batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.curate.patients.group_table import write_groups
from medcurate.curate.patients.patient_groups import PatientGroups
from medcurate.run_folder import write_catalogue


@pytest.mark.parametrize("batch", [2, 100])
def test_groups_of_several_images_have_a_line(tmp_path, monkeypatch, batch):
    base = {"kind": "image", "status": "kept", "source": "s"}
    rows = [
        {"path": "train/b"},
        {"path": "test/a"},
        {"path": "train/alone"},
        {"path": "c", "source": "t"},
        {"path": "c-mask", "kind": "mask"},
        {"path": "d", "status": "dropped", "reason": "DUPLICATE"},
        {"path": "e", "status": "dropped", "reason": "CONSTANT"},
    ]
    numbered = [base | {"image_id": f"{number:016x}"} | row for number, row in enumerate(rows)]
    write_catalogue(tmp_path / "catalogue.parquet", [pa.Table.from_pylist(numbered, schema=SCHEMA)])
    number, by = np.array([1, 1, 0, 2, 2, 2, 1]), np.array([1, 1, 0, 2, 2, 1, 1], np.uint8)
    batches = Catalogue.batches
    monkeypatch.setattr(Catalogue, "batches", lambda self, columns=None: batches(self, columns, rows=batch))
    groups = PatientGroups(number, by, np.array(["g0", "g1", "p2"]))
    write_groups(tmp_path, Catalogue.open(tmp_path), groups)
    assert (tmp_path / "groups.csv").read_text().splitlines() == [
        "patient_group,by,images,sources,splits,first_source,first_path",
        "g1,inferred,2,s,test train,s,test/a",
        "p2,patient,2,s t,,s,d",
    ]
