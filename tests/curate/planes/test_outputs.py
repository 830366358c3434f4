"""The bytes of planes.csv and the columns of the catalogue."""

from __future__ import annotations

import csv
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA
from medcurate.curate.labels.labels_file import LabelBook
from medcurate.curate.planes.outputs import HEADER, field, plane_lines, with_planes
from medcurate.curate.planes.table import decide, read_table


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=5))
def test_fields_come_back_from_a_csv_reader(fields: list[str]) -> None:
    line = ",".join(field(text) for text in fields) + "\n"
    assert next(csv.reader(io.StringIO(line, newline=""))) == fields


def test_lines_are_stable_and_masks_are_left_out(part, header) -> None:
    parts = [
        part(header("axial", obliquity_deg=3.14159, source="a,b"), {"kind": "mask"}),
        part({"frame": 7, "path": 'q"'}, first=2),
    ]
    table = read_table(parts, LabelBook())
    decisions = decide(table, np.array([[0, 0, 0, 1.0]] * 2 + [[2 / 3, 1 / 3, 0, 0]]), 0.5)
    assert HEADER == "source,path,frame,plane,confidence,evidence,obliquity_deg\n"
    assert b"".join(plane_lines(part, table, decisions) for part in parts).decode() == (
        '"a,b",0,,axial,0.7500,header,3.14\ns,"q""",7,axial,0.6667,classifier,\n'
    )


def test_the_catalogue_gets_planes_for_images_and_keeps_the_rest(part, header) -> None:
    parts = [part({"tumor": "glioma"}, header("coronal", kind="mask"), header("sagittal"))]
    table = read_table(parts, LabelBook())
    decisions = decide(table, np.array([[0.1, 0.2, 0.3, 0.4]] * 3), 0.5)
    rows = with_planes(parts[0], table, decisions, {2})
    assert rows.schema.equals(SCHEMA)
    assert rows.column("plane").to_pylist() == ["unknown", "coronal", "sagittal"]
    assert rows.column("plane_evidence").to_pylist() == ["classifier", "header", "header"]
    assert rows.column("plane_confidence").to_pylist() == [0.3, 0.75, 0.75]
    assert rows.column("tumor").to_pylist() == ["glioma", None, None]
    assert rows.column("notes").to_pylist() == [None, None, "COLOR"]
