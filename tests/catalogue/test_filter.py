"""Conditions on columns: read is what a plain Python test of each row would keep, from one file or from parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.catalogue import table as catalogue
from medcurate.catalogue import writing as catalogue_writing
from medcurate.errors import UsageError
from tests.catalogue.test_table import save, table

PLANES = st.sampled_from(["axial", "coronal", None])
CONFIDENCES = st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0, None, float("nan")])
FRAMES = st.sampled_from([0, 1, 7, None])
ENDS = st.tuples(st.sampled_from([None, 0.0, 0.25, 0.4]), st.sampled_from([0.5, 0.9, 1.0]))


def meets(value: object, condition: object) -> bool:
    if isinstance(condition, tuple):
        low, high = condition
        return value is not None and (low is None or value >= low) and (high is None or value <= high)
    if isinstance(condition, set):
        return value in condition
    return value == condition


@given(
    st.lists(st.tuples(PLANES, CONFIDENCES, FRAMES), max_size=40),
    st.one_of(PLANES, st.sets(PLANES)),
    st.one_of(st.none(), ENDS),
    st.one_of(FRAMES, st.sets(FRAMES), st.just((1, None))),
    st.integers(1, 9),
)
@settings(deadline=None, max_examples=40)
def test_filters_keep_what_a_loop_over_the_rows_keeps(tmp_path_factory, rows, plane, confidence, frame, batch):
    folder = tmp_path_factory.mktemp("filter")
    planes, confidences, frames = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    whole = table(len(rows), plane=planes, plane_confidence=confidences, frame=frames)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_writing, "ROW_GROUP", 4)
        one = save(folder / "one.parquet", whole)
        (folder / "parts").mkdir()
        catalogue_writing.write_parts(folder / "parts", [whole], rows=6)
    parts = Catalogue.open(folder / "parts")
    chosen = {"plane": plane, "plane_confidence": confidence, "frame": frame}
    expected = [
        f"p{number}"
        for number, row in enumerate(rows)
        if all(meets(value, condition) for value, condition in zip(row, chosen.values(), strict=True))
    ]
    for found in (one.filter(**chosen), parts.filter(**chosen), parts.filter(frame=frame).filter(**chosen)):
        assert found.to_table(["path"]).column("path").to_pylist() == expected
        assert len(found) == len(expected)
        assert sum(found.counts("plane").values()) == len(expected)
        assert all(0 < batched.num_rows <= batch for batched in found.batches(["path"], rows=batch))


def test_row_groups_and_columns_that_do_not_fit_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue_writing, "ROW_GROUP", 100)
    whole = table(400, plane_confidence=[number / 400 for number in range(400)], plane=["axial"] * 400)
    place = save(tmp_path / "c.parquet", whole).path
    groups = catalogue.pq.read_metadata(place)
    content = bytearray(place.read_bytes())

    def spoil(group: int, column: str) -> None:
        at = groups.row_group(group).column(SCHEMA.get_field_index(column))
        start = at.dictionary_page_offset or at.data_page_offset
        content[start : start + at.total_compressed_size] = b"\xff" * at.total_compressed_size

    for group in (0, 1, 3):
        for column in SCHEMA.names:
            spoil(group, column)
    for column in set(SCHEMA.names) - {"path", "plane_confidence"}:
        spoil(2, column)
    place.write_bytes(content)
    some = Catalogue.open(place).filter(plane_confidence=(0.5, 0.52))
    assert some.to_table(["path"]).column("path").to_pylist() == [f"p{number}" for number in range(200, 209)]
    with pytest.raises(UsageError, match=r"c\.parquet is not a Parquet file that can be read"):
        some.to_table(["plane"])


def test_numpy_values_and_lists_are_taken(tmp_path, rng):
    found = save(tmp_path / "c.parquet", table(3, frame=[0, 1, 2]))
    assert len(found.filter(frame=rng.integers(1, 2))) == 1
    assert len(found.filter(frame=[1, 2])) == 2
    assert len(found.filter(frame=set())) == 0


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"color": "red"}, "no column 'color'"),
        ({"frame": "x"}, "frame: expected a value of type int32 or None, received 'x'"),
        ({"plane": 3}, "plane: expected a value of type string"),
        ({"plane_confidence": float("nan")}, "plane_confidence: expected a value of type double"),
        ({"spacing_mm": 1.0}, "spacing_mm: expected a value of type list"),
        ({"frame": (1, 2, 3)}, r"frame: expected a range \(low, high\)"),
        ({"frame": (None, None)}, "at least one end"),
        ({"frame": (3, 1)}, r"from low to high, received \(3, 1\)"),
        ({"frame": {1, "x"}}, "received 'x'"),
    ],
)
def test_conditions_that_cannot_be_meant_are_told(tmp_path, chosen, message):
    found = save(tmp_path / "c.parquet", table(1))
    with pytest.raises(UsageError, match=message):
        found.filter(**chosen)


def test_a_filtered_catalogue_says_how(tmp_path):
    found = save(tmp_path / "c.parquet", table(2, plane=["axial", None]))
    shown = repr(found.filter(plane={"axial", None}, plane_confidence=(0.9, None)))
    assert shown.endswith("0 rows, plane={'axial', None}, plane_confidence=(0.9, None))")
    assert hash(found.filter(plane={"axial"})) == hash(found.filter(plane={"axial"}))
