"""Counts that stream: groups and splits are told apart whatever the batches."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.curate.curation_page.facts import Ties, count_rejects, gather
from medcurate.run_folder import write_catalogue

MEMBERS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["train", "val", "test"])), max_size=30)


def chunked(values) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(list(values), pa.string())])


@settings(deadline=None)
@given(MEMBERS, st.integers(0, 30))
def test_groups_in_several_splits_are_found(members, cut):
    ties = Ties()
    for part in (members[:cut], members[cut:]):
        groups, splits = ([pair[place] for pair in part] for place in (0, 1))
        ties.add(chunked(groups), chunked(splits), chunked("patient" if g < "c" else "image" for g in groups))
    of_group = {group: {split for name, split in members if name == group} for group, _ in members}
    assert ties.torn() == sum(len(found) > 1 for found in of_group.values())
    expected = {(split, "patient" if group < "c" else "image", group) for group, split in members}
    counts = ties.count()
    assert counts.total() == len(expected)
    assert counts["train", "patient"] == sum(s == "train" and by == "patient" for s, by, _ in expected)


@pytest.fixture
def catalogue(tmp_path):
    """Give a function that writes rows and opens them."""

    def write(*rows: dict) -> Catalogue:
        base = {"kind": "image", "status": "kept", "source": "s", "split": "train", "notes": ""}
        table = pa.Table.from_pylist([{**base, "original_id": str(n), **row} for n, row in enumerate(rows)], SCHEMA)
        write_catalogue(tmp_path / "catalogue.parquet", [table])
        return Catalogue.open(tmp_path)

    return write


def test_rows_are_counted_for_what_they_are(catalogue):
    facts = gather(
        catalogue(
            {"tumor": "glioma", "plane": "axial", "notes": "FACE COLOR", "fold": 1},
            {"tumor": "glioma", "plane": "axial", "notes": "COLOR", "kind": "volume"},
            {"split": "test", "fold": 0},
            {"kind": "mask", "tumor": "glioma", "notes": "COLOR"},
            {"status": "dropped", "reason": "filter:size", "split": None, "notes": "COLOR"},
            {"status": "dropped", "reason": "filter:size", "split": None},
        )
    )
    assert facts.kept == {("s", "axial", "glioma", "train"): 2, ("s", "", "", "test"): 1}
    assert facts.kinds == {"image": 2, "volume": 1, "mask": 1}
    assert facts.dropped == {"filter:size": 2}
    assert facts.notes == {"FACE": 1, "COLOR": 2}
    assert facts.folds == {0: 1, 1: 1}
    assert facts.groups == {("train", "image"): 2, ("test", "image"): 1}
    assert (facts.written, facts.torn_groups, facts.torn_clusters) == (3, 0, 0)


def test_torn_clusters_are_counted_apart_from_groups(catalogue):
    facts = gather(
        catalogue(
            {"duplicate_of": "x", "patient_group": "a"},
            {"duplicate_of": "x", "patient_group": "b", "split": "test"},
            {"patient_group": "c"},
            {"patient_group": "c", "split": "val"},
        )
    )
    assert (facts.torn_groups, facts.torn_clusters) == (1, 1)


def test_an_empty_catalogue_has_no_counts(catalogue):
    facts = gather(catalogue())
    assert (facts.written, facts.torn_groups, facts.groups.total()) == (0, 0, 0)


def test_rejects_of_several_tables_are_added(tmp_path):
    header = "source,path,sha256,stage,code,message,action\n"
    (tmp_path / "a.csv").write_text(header + 's,"a,b",,scan,EMPTY,x,y\ns,c,,scan,DECODE,x,y\n')
    (tmp_path / "b.csv").write_text(header + "s,d,,homogenize,DECODE,x,y\n")
    assert count_rejects([tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"]) == {"EMPTY": 1, "DECODE": 2}
