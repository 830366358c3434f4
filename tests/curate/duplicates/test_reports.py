"""Reports of copies: what conflicts, what leaks, and who has whose images."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA
from medcurate.curate.duplicates.clusters import Pairs, find_clusters
from medcurate.curate.duplicates.keep_policy import place_of_paths
from medcurate.curate.duplicates.reports import COLUMNS, REPORTS, Found, contamination, gather, write_reports


def found_in(*rows: dict) -> Found:
    """Put rows with equal ``image`` into one cluster, the first path of each kept."""
    base = {"source": "s", "tumor": None, "split": None, "frame": None}
    numbered = [base | {"path": f"{number:03d}"} | row for number, row in enumerate(rows)]
    image = np.array([row.pop("image") for row in numbered], np.uint64)
    schema = pa.schema([SCHEMA.field(name) for name in ("source", "path", "frame", "tumor", "split", "kind", "depth")])
    table = pa.Table.from_pylist(numbered, schema=schema)
    content = np.arange(len(image), dtype=np.uint64)
    return gather(table, find_clusters(image, content, place_of_paths(table), Pairs.none()))


def test_labels_conflict_where_two_known_ones_differ():
    found = found_in(
        {"image": 1, "tumor": "glioma"},
        {"image": 1, "tumor": "none"},
        {"image": 2, "tumor": "glioma"},
        {"image": 2, "tumor": "glioma"},
        {"image": 3, "tumor": "glioma"},
        {"image": 3},
        {"image": 4},
        {"image": 4},
    )
    assert found.n_clusters == 4
    assert found.conflicts.tolist() == [True] * 2 + [False] * 6
    assert found.count(found.conflicts) == 1


def test_a_cluster_leaks_where_its_splits_differ():
    found = found_in(
        {"image": 1, "path": "train/a"},
        {"image": 1, "path": "test/a"},
        {"image": 2, "path": "train/b", "split": "test"},
        {"image": 2, "path": "test/b"},
        {"image": 3, "path": "train/c"},
        {"image": 3, "path": "c"},
    )
    assert sorted({found.rows["path"][row].as_py() for row in np.flatnonzero(found.leaks)}) == ["test/a", "train/a"]


def test_images_alone_are_in_no_report(tmp_path):
    found = found_in({"image": 1}, {"image": 2})
    assert (found.n_clusters, len(found.rows)) == (0, 0)
    write_reports(tmp_path, found, {"s": 2})
    for name in REPORTS[:3]:
        assert (tmp_path / name).read_text() == ",".join(COLUMNS[name]) + "\n"
    assert (tmp_path / REPORTS[3]).read_text().splitlines()[1:] == ["s,2,s,0,0.0000"]


def test_names_that_need_quotes_come_back(tmp_path):
    names = ['a,"b"', "c\nd"]
    write_reports(tmp_path, found_in(*({"image": 1, "path": name} for name in names)), {"s": 2})
    rows = list(csv.DictReader(io.StringIO((tmp_path / "duplicates.csv").read_text(encoding="utf-8"), newline="")))
    assert [(row["kept_path"], row["path"]) for row in rows] == [tuple(names)]


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_parts_do_not_show(tmp_path, monkeypatch, at_once):
    found = found_in(*({"image": number // 3, "tumor": "ab"[number % 2]} for number in range(12)))
    write_reports(tmp_path / "whole", found, {"s": 12})
    monkeypatch.setattr("medcurate.curate.duplicates.reports._AT_ONCE", at_once)
    write_reports(tmp_path / "parts", found, {"s": 12})
    for name in REPORTS:
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), min_size=1, max_size=14))
def test_the_matrix_counts_as_a_person_would(rows):
    found = found_in(*({"image": image, "source": source} for image, source in rows))
    images = {source: [s for _, s in rows].count(source) for _, source in rows}
    expected = {}
    for source in images:
        for other in images:
            expected[source, other] = sum(
                any(b == a and t == other and at != place for place, (b, t) in enumerate(rows))
                for at, (a, s) in enumerate(rows)
                if s == source
            )
    lines = {(source, other): (count, copies) for source, count, other, copies, _ in contamination(found, images)}
    assert lines == {key: (images[key[0]], value) for key, value in expected.items()}
