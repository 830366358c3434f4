"""Marks: what is set is taken back, to the byte."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.catalogue.considered import considered
from medcurate.curate.duplicates.clusters import Pairs, find_clusters
from medcurate.curate.duplicates.marks import Marks, is_marked, marked, restored
from medcurate.run_folder import write_catalogue


def row(number: int, image: int, **more: object) -> dict:
    base = {"kind": "image", "status": "kept", "notes": "", "source": "s", "file_sha256": f"{number:016x}" * 4}
    return base | {"image_id": f"{image:016x}", "path": f"{number:04d}.png"} | more


def scanned(rows: list[dict]) -> list[dict]:
    """Mark equal copies as a scan does."""
    first: dict[str, dict] = {}
    for entry in rows:
        if entry["status"] != "kept" or entry["kind"] == "mask":
            continue
        original = first.setdefault(entry["image_id"], entry)
        if original is not entry:
            same = original["file_sha256"] == entry["file_sha256"] and original.get("frame") == entry.get("frame")
            entry |= {"duplicate_of": entry["image_id"], "duplicate_kind": "bytes" if same else "pixels"}
    return rows


def write(path, rows: list[dict]) -> Catalogue:
    write_catalogue(path, [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return Catalogue.open(path)


def mark(catalogue: Catalogue, path, *, hold: bool, note: bool) -> Catalogue:
    """Mark all rows that may be copies, neighbors of different images as near ones."""
    table = catalogue.to_table()
    rows = np.flatnonzero(considered(table))
    image = np.array([int(value, 16) for value in table["image_id"].take(rows).to_pylist()], np.uint64)
    at = np.arange(len(rows))
    pairs = Pairs(
        at[:-1], at[1:], np.ones(max(len(at) - 1, 0), np.float32), np.zeros(max(len(at) - 1, 0), np.int16), ("turned",)
    )
    clusters = find_clusters(image, image + at.astype(np.uint64), at, pairs)
    chosen = clusters.is_shared
    marks = Marks(rows, image, clusters, chosen & hold, chosen & note)
    columns = {
        "perceptual_hash": lambda start, stop: pa.array(["00"] * (stop - start)),
        "patient_group": lambda start, stop: pa.array(["g"] * (stop - start)),
    }
    write_catalogue(path, marked(catalogue, marks, columns))
    return Catalogue.open(path)


entries = st.fixed_dictionaries(
    {
        "image": st.integers(0, 4),
        "kind": st.sampled_from(("image", "image", "volume", "mask")),
        "status": st.sampled_from(("kept", "kept", "dropped")),
        "notes": st.sampled_from(("", "COLOR", "MODALITY COLOR")),
        "file_sha256": st.sampled_from(("a" * 64, "b" * 64)),
        "frame": st.sampled_from((None, 0, 1)),
    }
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entries, min_size=1, max_size=12), st.booleans(), st.booleans())
def test_taking_back_gives_the_bytes_of_before(tmp_path, drawn, hold, note):
    rows = [
        row(number, **entry) | ({"reason": "CONSTANT"} if entry["status"] == "dropped" else {})
        for number, entry in enumerate(drawn)
    ]
    before = write(tmp_path / "before.parquet", scanned(rows))
    after = mark(before, tmp_path / "after.parquet", hold=hold, note=note)
    assert is_marked(after)
    assert not is_marked(before)
    write_catalogue(tmp_path / "again.parquet", restored(after))
    assert (tmp_path / "again.parquet").read_bytes() == before.path.read_bytes()


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_batches_do_not_show(tmp_path, monkeypatch, batch):
    rows = scanned([row(number, number // 3) for number in range(20)])
    before = write(tmp_path / "before.parquet", rows)
    whole = mark(before, tmp_path / "whole.parquet", hold=False, note=True).path.read_bytes()
    batches = Catalogue.batches
    monkeypatch.setattr(Catalogue, "batches", lambda self, columns=None: batches(self, columns, rows=batch))
    assert mark(before, tmp_path / "parts.parquet", hold=False, note=True).path.read_bytes() == whole


def test_what_others_dropped_since_the_scan_keeps_its_mark(tmp_path):
    rows = scanned([row(number, 0) for number in range(3)])
    rows[1] |= {"status": "dropped", "reason": "LABEL_SUSPECT"}
    before = write(tmp_path / "before.parquet", rows)
    after = mark(before, tmp_path / "after.parquet", hold=False, note=True)
    write_catalogue(tmp_path / "again.parquet", restored(after))
    assert (tmp_path / "again.parquet").read_bytes() == before.path.read_bytes()


def test_considered_are_images_that_nothing_else_dropped():
    rows = [
        row(0, 0),
        row(1, 1, kind="volume"),
        row(2, 2, kind="mask"),
        row(3, 3, status="dropped", reason="CONSTANT"),
        row(4, 4, status="dropped", reason="DUPLICATE"),
        row(5, 5, status="dropped", reason="LABEL_CONFLICT"),
        row(6, 6, image_id=None),
    ]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    assert considered(table).tolist() == [True, True, False, False, True, True, False]
