"""Decided rows come back as they passed by, as often as they are asked for."""

from __future__ import annotations

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.curate.homogenizing.decided_rows import DecidedRows


def batch(*paths: str) -> pa.RecordBatch:
    rows = [{"path": path, "spacing_mm": [1.0, 2.0], "status": "kept"} for path in paths]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def test_batches_come_back(tmp_path):
    batches = [batch("a", "b"), batch(), batch("ü")]
    with DecidedRows(tmp_path) as rows:
        assert list(rows.keep(iter(batches))) == batches
        assert list(rows.batches()) == list(rows.batches()) == batches
        assert [found["path"].to_pylist() for found in rows.batches(["path"])] == [["a", "b"], [], ["ü"]]
    assert list(tmp_path.iterdir()) == []


def test_two_readers_may_be_at_different_places(tmp_path):
    with DecidedRows(tmp_path) as rows:
        assert len(list(rows.keep([batch("a"), batch("b")]))) == 2
        first, second = rows.batches(), rows.batches()
        assert next(first)["path"][0].as_py() == "a"
        assert next(second)["path"][0].as_py() == "a"
        assert next(first)["path"][0].as_py() == "b"
