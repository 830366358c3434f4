"""Records and facts keep what they are given."""

from __future__ import annotations

import pickle

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.curate.filters.row_filters import COLUMNS
from medcurate.curate.homogenizing.records import ImageRecord, RowFacts, dropped, facts_of


def test_facts_are_columns_of_the_catalogue_and_all_that_filters_ask():
    assert set(COLUMNS) <= set(RowFacts._fields) <= set(SCHEMA.names)


def test_facts_of_a_batch():
    rows = [{"path": "a", "kind": "image", "notes": "COLOR FACE"}, {"path": "b", "spacing_mm": [1.0, 2.0]}]
    first, second = facts_of(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))
    assert (first.path, first.kind, first.codes) == ("a", "image", ["COLOR", "FACE"])
    assert (second.path, second.spacing_mm, second.codes) == ("b", [1.0, 2.0], [])
    assert pickle.loads(pickle.dumps(first)) == first


def test_fields_of_a_record_are_columns_but_for_two():
    fields = set(ImageRecord.__dataclass_fields__)
    assert fields - set(SCHEMA.names) == {"row", "message"}


def test_json_leaves_out_what_is_not_there():
    assert dropped(3, "DECODE").as_json() == {"row": 3, "status": "dropped", "reason": "DECODE", "notes": None}
    zero = ImageRecord(row=0, status="kept", sharpness=0.0, original_frame=0, notes="")
    assert ImageRecord(**zero.as_json()) == zero
