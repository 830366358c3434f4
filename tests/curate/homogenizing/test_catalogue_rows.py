"""Rows become a table again, with the columns that homogenizing does not touch taken from the batch."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.curate.homogenizing import catalogue_rows
from medcurate.curate.homogenizing.catalogue_rows import COLUMNS, CatalogueRow, to_table

BATCH = pa.RecordBatch.from_pylist(
    [
        {"path": "a", "source": "s", "image_id": "1", "kind": "volume", "status": "kept", "license": "CC0-1.0"},
        {"path": "b", "source": "s", "image_id": "2", "kind": "image", "status": "dropped", "license": "MIT"},
    ],
    schema=SCHEMA,
)


def rows() -> list[CatalogueRow]:
    return list(catalogue_rows._rows_of(BATCH))


def test_unchanged_rows_are_the_batch():
    assert to_table(BATCH, rows()).equals(pa.Table.from_batches([BATCH]))


def test_a_volume_may_give_several_rows_and_a_row_none():
    first, _ = rows()
    slices = [replace(first, kind="image", path=f"{number}.png", mask_area=0.25) for number in range(3)]
    table = to_table(BATCH, slices)
    assert table.schema.equals(SCHEMA)
    assert table["path"].to_pylist() == ["0.png", "1.png", "2.png"]
    assert table["license"].to_pylist() == ["CC0-1.0"] * 3
    assert table["mask_area"].to_pylist() == [0.25] * 3
    assert to_table(BATCH, []).num_rows == 0


def test_what_is_not_in_the_row_is_changed_nowhere():
    assert {"license", "modality", "origin", "duplicate_kind", "patient_id", "series_id"}.isdisjoint(COLUMNS)


def test_an_image_in_no_group_is_a_group():
    first, _ = rows()
    assert replace(first, patient_group="g", original_id="1").group == "g"
    assert replace(first, original_id="1").group == "1"
