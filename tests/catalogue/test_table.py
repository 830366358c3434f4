"""The table: columns, bytes that depend on the rows alone, batches, filters, errors."""

from __future__ import annotations

import io
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.catalogue import writing as catalogue_writing
from medcurate.errors import UsageError

COLUMNS = [
    "image_id", "source", "path", "frame", "format", "kind", "modality", "contrast", "tumor", "patient_id", "series_id",
    "height", "width", "depth", "spacing_mm", "bit_depth", "plane", "plane_evidence", "plane_confidence",
    "obliquity_deg", "file_sha256", "perceptual_hash", "derived_from", "duplicate_of", "duplicate_kind", "mask_of",
    "split", "license", "origin", "status", "reason", "notes", "patient_group", "patient_group_by", "fold", "position",
    "mask_area", "sharpness", "original_path", "original_frame", "original_id", "steps",
]  # fmt: skip


def table(count: int, **columns: list[object]) -> pa.Table:
    known = {"path": [f"p{n}" for n in range(count)], **columns}
    return pa.table(
        [
            pa.array(known[field.name], field.type) if field.name in known else pa.nulls(count, field.type)
            for field in SCHEMA
        ],
        schema=SCHEMA,
    )


def save(path, rows: pa.Table) -> Catalogue:
    with path.open("wb") as stream:
        catalogue_writing.write(stream, [rows])
    return Catalogue.open(path)


def test_columns_are_those_of_the_contract():
    assert SCHEMA.names == COLUMNS


@given(st.lists(st.integers(0, 40), max_size=4))
@settings(deadline=None, max_examples=25)
def test_same_rows_give_same_bytes_however_they_are_cut(cuts):
    rows = table(40, spacing_mm=[[1.0, 0.5, 3.3]] * 20 + [None] * 20, plane=["axial", None] * 20)
    edges = [0, *sorted(cuts), 40]
    pieces = [rows.slice(start, stop - start) for start, stop in pairwise(edges)]
    whole, cut = io.BytesIO(), io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_writing, "ROW_GROUP", 16)
        assert catalogue_writing.write(whole, [rows]) == 40
        catalogue_writing.write(cut, [batch for piece in pieces for batch in piece.to_batches()])
    assert whole.getvalue() == cut.getvalue()
    assert pq.ParquetFile(whole).metadata.num_row_groups == 3
    assert pq.read_table(whole).equals(rows)


def test_what_an_image_is_derived_from_may_be_none_or_unknown(tmp_path):
    lists = [["a", "b"], [], None]
    found = save(tmp_path / "c.parquet", table(3, derived_from=lists))
    assert found.to_table(["derived_from"]).column(0).to_pylist() == lists
    assert found.filter(derived_from=None).to_table(["path"]).to_pylist() == [{"path": "p2"}]


def test_a_catalogue_of_an_earlier_version_opens_without_the_later_columns(tmp_path):
    old = table(3, plane=["axial", None, "axial"]).drop_columns(["derived_from"])
    pq.write_table(old, tmp_path / "c.parquet", row_group_size=2)
    found = Catalogue.open(tmp_path / "c.parquet")
    assert found.to_table().drop_columns(["derived_from"]).equals(old)
    assert found.to_table().schema == SCHEMA
    assert found.filter(plane="axial").to_table(["path", "derived_from"]).to_pylist() == [
        {"path": "p0", "derived_from": None},
        {"path": "p2", "derived_from": None},
    ]
    assert len(found.filter(derived_from=None)) == 3
    other = old.append_column("derived_from", pa.array(["a"] * 3))
    pq.write_table(other, tmp_path / "b.parquet")
    with pytest.raises(UsageError, match="'derived_from' has type string"):
        Catalogue.open(tmp_path / "b.parquet")


def test_filter_reads_only_what_equals(tmp_path):
    found = save(
        tmp_path / "c.parquet", table(6, plane=["axial", "coronal", None] * 2, status=["kept"] * 5 + ["dropped"])
    )
    axial = found.filter(plane="axial")
    assert axial.to_table(["path"]).to_pylist() == [{"path": "p0"}, {"path": "p3"}]
    assert len(axial) == 2
    assert found.filter(plane=None).filter(status="dropped").to_table(["path"]).to_pylist() == [{"path": "p5"}]
    assert found.filter(plane="sagittal").to_table().num_rows == 0
    assert found.counts("plane") == {"": 2, "axial": 2, "coronal": 2}
    assert [batch.num_rows for batch in found.batches(rows=4)] == [4, 2]


def test_an_empty_catalogue_is_one(tmp_path):
    found = save(tmp_path / "c.parquet", table(0))
    assert len(found) == 0
    assert found.to_table().schema == SCHEMA
    assert "0 rows" in found._repr_html_()


def test_notebook_view_escapes_names(tmp_path):
    shown = save(tmp_path / "c.parquet", table(1, path=["<script>"], plane_confidence=[0.123456]))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "0.123" in shown
    assert "Catalogue" in repr(Catalogue.open(tmp_path / "c.parquet").filter(plane="axial"))


def test_errors_name_what_is_wrong(tmp_path):
    with pytest.raises(UsageError, match="no catalogue at"):
        Catalogue.open(tmp_path)
    (tmp_path / "catalogue.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(UsageError, match="not a Parquet file"):
        Catalogue.open(tmp_path)
    pq.write_table(table(1).drop_columns(["notes"]), tmp_path / "a.parquet")
    with pytest.raises(UsageError, match="no column 'notes'"):
        Catalogue.open(tmp_path / "a.parquet")
    other = table(1).set_column(3, "frame", pa.array(["x"]))
    pq.write_table(other, tmp_path / "b.parquet")
    with pytest.raises(UsageError, match="'frame' has type string, expected int32"):
        Catalogue.open(tmp_path / "b.parquet")
    with pytest.raises(UsageError, match="no column 'color'"):
        save(tmp_path / "c.parquet", table(1)).filter(color="red")
    with pytest.raises(ValueError, match="expected the columns"):
        catalogue_writing.write(io.BytesIO(), [table(1).drop_columns(["notes"])])
