"""Filters: each drops what it should, says so once, and what is not known is its own reason."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA
from medcurate.curate.filters.row_filters import COLUMNS, ORDER, DropCounts, RowFilter
from medcurate.curate.filters.settings import Filters

GOOD = {
    "kind": "image", "status": "kept", "source": "a", "license": "CC-BY-4.0", "notes": "", "modality": "MR",
    "contrast": "T1ce", "plane": "axial", "plane_confidence": 0.9, "obliquity_deg": 3.0, "tumor": "glioma",
    "height": 256, "width": 200, "sharpness": 0.5, "position": 0.5, "mask_area": 0.1,
}  # fmt: skip

# One filter, a value that fails it, and the name in the reason.
CASES = {
    "source": (Filters(source=("a",)), {"source": "b"}),
    "license": (Filters(license=("CC-BY-4.0",)), {"license": "CC-BY-NC-4.0"}),
    "notes": (Filters(exclude_notes=("COLOR",)), {"notes": "EXT_MISMATCH COLOR"}),
    "modality": (Filters(modality=("MR",)), {"modality": "CT"}),
    "contrast": (Filters(contrast=("T1", "T1ce")), {"contrast": "T2"}),
    "plane": (Filters(plane=("axial",)), {"plane": "coronal"}),
    "confidence": (Filters(min_confidence=0.8), {"plane_confidence": 0.79}),
    "obliquity": (Filters(max_obliquity=10.0), {"obliquity_deg": 10.1}),
    "tumor": (Filters(tumor=("glioma",)), {"tumor": "none"}),
    "size": (Filters(min_size=200), {"width": 199}),
    "sharpness": (Filters(min_sharpness=0.4), {"sharpness": 0.39}),
    "position": (Filters(min_position=0.2, max_position=0.8), {"position": 0.81}),
    "mask_area": (Filters(min_mask_area=0.05), {"mask_area": 0.01}),
}
COLUMN = {"confidence": "plane_confidence", "obliquity": "obliquity_deg", "size": "height"}


def batch(*rows: dict) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([GOOD | row for row in rows], schema=SCHEMA).select(COLUMNS)


def test_every_filter_has_a_case():
    assert tuple(CASES) == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_a_filter_keeps_what_is_wanted_and_names_what_is_not(name):
    filters, bad = CASES[name]
    assert RowFilter(filters).reasons(batch({}, bad)).to_pylist() == [None, f"filter:{name}"]


@pytest.mark.parametrize("name", [name for name in ORDER if name not in ("notes", "modality")])
def test_what_is_not_known_fails_with_a_reason_of_its_own(name):
    filters, _ = CASES[name]
    unknown = {COLUMN.get(name, name): None}
    assert RowFilter(filters).reasons(batch(unknown)).to_pylist() == [f"filter:{name}:unknown"]


def test_plane_unknown_is_not_known():
    assert RowFilter(Filters(plane=("axial",))).reasons(batch({"plane": "unknown"})).to_pylist() == [
        "filter:plane:unknown"
    ]


@pytest.mark.parametrize("license_", ["NOASSERTION", "NONE", ""])
def test_a_license_that_is_not_stated_is_not_known(license_):
    reasons = RowFilter(Filters(license=("MIT",))).reasons(batch({"license": license_}))
    assert reasons.to_pylist() == ["filter:license:unknown"]


def test_unknown_modality_passes_and_is_counted():
    counts = DropCounts()
    kept = RowFilter(Filters(modality=("MR",))).apply(batch({"modality": None}, {"modality": "CT"}, {}), counts)
    assert kept["status"].to_pylist() == ["kept", "dropped", "kept"]
    assert counts.as_dict() == {"filter:modality": 1}
    assert counts.unchecked == {"modality": 1}
    assert counts.lines() == ["1 dropped by modality", "1 kept although their modality is not known"]


def test_unknown_modality_is_dropped_when_asked():
    counts = DropCounts()
    RowFilter(Filters(modality=("MR",), drop_unknown=True)).apply(batch({"modality": None}), counts)
    assert counts.as_dict() == {"filter:modality:unknown": 1}
    assert counts.unchecked == {}


def test_unchecked_leaves_out_masks_and_what_another_filter_drops():
    counts = DropCounts()
    rows = batch({"modality": None, "kind": "mask"}, {"modality": None, "plane": "coronal"}, {"modality": None})
    RowFilter(Filters(modality=("MR",), plane=("axial",))).apply(rows, counts)
    assert counts.unchecked == {"modality": 1}


def test_the_first_filter_in_order_names_the_reason():
    bad = {key: value for _, case in CASES.values() for key, value in case.items()}
    every = Filters(plane=("axial",), tumor=("glioma",), min_size=200, exclude_notes=("COLOR",))
    assert RowFilter(every).reasons(batch(bad)).to_pylist() == ["filter:notes"]


def test_rows_dropped_before_keep_their_reason_and_are_not_counted():
    counts = DropCounts()
    before = {"status": "dropped", "reason": "DUPLICATE", "plane": "coronal"}
    after = RowFilter(Filters(plane=("axial",))).apply(batch(before), counts)
    assert after["reason"].to_pylist() == ["DUPLICATE"]
    assert counts.as_dict() == {}


def test_masks_follow_their_images():
    assert RowFilter(Filters(plane=("axial",))).reasons(batch({"kind": "mask", "plane": None})).to_pylist() == [None]


def test_a_volume_has_no_place_and_what_is_cut_is_asked_later():
    volume = {"kind": "volume", "plane": "sagittal", "position": None, "tumor": "none"}
    asked = Filters(plane=("axial",), min_position=0.2)
    assert RowFilter(asked).reasons(batch(volume)).to_pylist() == ["filter:plane"]
    assert RowFilter(asked).reasons(batch(volume), volumes_are_cut=True).to_pylist() == [None]
    tumor = Filters(tumor=("glioma",), min_position=0.2)
    assert RowFilter(tumor).reasons(batch(volume), volumes_are_cut=True).to_pylist() == ["filter:tumor"]


def test_sources_can_be_left_out():
    rows = batch({"source": "a"}, {"source": "b"}, {"source": "unknown"})
    assert RowFilter(Filters(exclude_source=("b",))).reasons(rows).to_pylist() == [None, "filter:source", None]
    both = Filters(source=("a", "b"), exclude_source=("b",))
    assert RowFilter(both).reasons(rows).to_pylist() == [None, "filter:source", "filter:source"]


def test_no_filter_passes_everything():
    assert not Filters()
    assert RowFilter(Filters()).reasons(batch({"plane": None}, {})).to_pylist() == [None, None]
    assert Filters(min_size=1)


def test_a_batch_without_rows():
    assert len(RowFilter(Filters(plane=("axial",))).reasons(batch())) == 0
    assert RowFilter(Filters(plane=("axial",), license=("MIT",))).apply(batch(), DropCounts()).num_rows == 0


def test_counts_come_in_the_order_of_the_filters():
    counts = DropCounts()
    counts.add(
        pa.array(["filter:tumor", "LABEL_SUSPECT", "filter:plane:unknown", None, "filter:plane", "filter:plane"])
    )
    assert list(counts.as_dict().items()) == [
        ("filter:plane", 2),
        ("filter:plane:unknown", 1),
        ("filter:tumor", 1),
        ("LABEL_SUSPECT", 1),
    ]


row = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["image", "volume", "mask"]),
        "status": st.sampled_from(["kept", "dropped"]),
        "plane": st.sampled_from(["axial", "coronal", "unknown", None]),
        "tumor": st.sampled_from(["glioma", "none", None]),
        "modality": st.sampled_from(["MR", "CT", None]),
        "width": st.sampled_from([100, 300, None]),
    }
)


@settings(deadline=None, max_examples=50)
@given(st.lists(row, max_size=12), st.randoms())
def test_rows_are_judged_alone_and_none_is_lost(rows, random):
    filters = Filters(plane=("axial",), tumor=("glioma",), modality=("MR",), min_size=150)
    shuffled = rows.copy()
    random.shuffle(shuffled)
    here, there = DropCounts(), DropCounts()
    first = RowFilter(filters).apply(batch(*rows), here)
    RowFilter(filters).apply(batch(*shuffled), there)
    assert here == there
    assert list(here.as_dict()) == list(there.as_dict())
    alone = [RowFilter(filters).reasons(batch(one))[0].as_py() for one in rows]
    assert RowFilter(filters).reasons(batch(*rows)).to_pylist() == alone
    before = sum(one["status"] == "dropped" for one in rows)
    assert first["status"].to_pylist().count("dropped") == before + sum(here.as_dict().values())
