"""Decisions reach the rows of a catalogue: of an image, of its copies, and no other."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from medcurate.catalogue import FILE_NAME, SCHEMA
from medcurate.curate.labels.decided_images import DecidedImages
from medcurate.curate.labels.decisions import Decision, append_decisions
from medcurate.run_folder import write_catalogue

ROWS = [
    {"path": "a.png", "image_id": "a" * 16},
    {"path": "b.png", "image_id": "b" * 16, "plane": "axial", "plane_evidence": "classifier", "plane_confidence": 0.7},
    {"path": "c.png", "image_id": "a" * 16, "status": "dropped", "reason": "DUPLICATE", "duplicate_of": "a" * 16},
    {"path": "v.nii", "frame": 3, "image_id": "c" * 16, "contrast": "T1"},
    {"path": "mask.png", "image_id": "d" * 16, "kind": "mask"},
    {"path": "near.png", "image_id": "e" * 16, "status": "dropped", "reason": "DUPLICATE", "duplicate_of": "b" * 16},
]
BASE = {"source": "s", "status": "kept", "kind": "image"}


@pytest.fixture
def folder(tmp_path) -> Path:
    table = pa.Table.from_pylist([{**BASE, **row} for row in ROWS], schema=SCHEMA)
    write_catalogue(tmp_path / FILE_NAME, table.to_batches())
    return tmp_path


def decide(folder: Path, *rows: tuple[str, str, str]) -> DecidedImages:
    append_decisions(folder, [Decision("s", path, None, field, value) for path, field, value in rows])
    return DecidedImages.open(folder)


def applied(decided: DecidedImages) -> list[dict]:
    batch = pa.RecordBatch.from_pylist([{**BASE, **row} for row in ROWS], schema=SCHEMA)
    found = decided.apply(batch)
    assert found.schema == SCHEMA
    return found.to_pylist()


def test_without_decisions_nothing_changes_and_no_catalogue_is_needed(tmp_path):
    decided = DecidedImages.open(tmp_path)
    batch = pa.RecordBatch.from_pylist([{**BASE, **row} for row in ROWS], schema=SCHEMA)
    assert decided.apply(batch) is batch
    assert decided.tumor("s", "a.png", None, "a" * 16) is None


def test_planes_and_contrasts_are_those_decided(folder):
    told = [("b.png", "plane", "other"), ("v.nii", "contrast", "T1ce"), ("mask.png", "plane", "axial")]
    rows = applied(decide(folder, *told))
    assert [(row["plane"], row["plane_evidence"], row["plane_confidence"]) for row in rows[:2]] == [
        (None, None, None),
        ("unknown", "label", 1.0),
    ]
    assert [row["contrast"] for row in rows] == [None, None, None, "T1ce", None, None]
    assert rows[4]["plane"] is None  # a mask has no plane of its own


def test_an_excluded_image_leaves_with_all_that_have_its_pixels(folder):
    rows = applied(decide(folder, ("c.png", "exclude", "yes")))
    assert [(row["status"], row["reason"]) for row in rows[:3]] == [
        ("dropped", "EXCLUDED"),
        ("kept", None),
        ("dropped", "DUPLICATE"),
    ]
    rows = applied(decide(folder, ("c.png", "exclude", "")))
    assert rows[0]["status"] == "kept"


def test_a_settled_conflict_is_about_the_image_and_the_kept_one(folder):
    decided = decide(folder, ("near.png", "conflict", "glioma"), ("v.nii", "tumor", "none"))
    assert decided.settled == {"e" * 16: "glioma", "b" * 16: "glioma"}
    assert decided.tumor("s", "b.png", None, "b" * 16) == "glioma"
    assert decided.tumor("s", "v.nii", 3, "c" * 16) == "none"
    assert decided.with_settled({"a" * 16: "pituitary"}).tumor("s", "a.png", None, "a" * 16) == "pituitary"


def test_a_tumor_decided_for_the_image_itself_counts_more_than_a_settled_conflict(folder):
    decided = decide(folder, ("near.png", "conflict", "glioma"), ("b.png", "tumor", "pituitary"))
    assert decided.tumor("s", "b.png", None, "b" * 16) == "pituitary"


def test_decisions_about_copies_that_disagree_settle_nothing(folder):
    assert decide(folder, ("a.png", "conflict", "glioma"), ("c.png", "conflict", "pituitary")).settled == {}


def test_a_decision_that_matches_no_row_is_told_once_all_rows_were_seen(folder):
    decided = decide(folder, ("a.png", "plane", "axial"), ("gone.png", "exclude", "yes"), ("x.png", "plane", "axial"))
    applied(decided)
    assert decided.notes() == ["decisions.csv, line 3: gone.png matches no image, and 1 more"]
    assert decide(folder, ("gone.png", "exclude", ""), ("x.png", "plane", "")).notes() != []  # a.png was not asked for
