"""The store gives back what was put in, of this version alone, and survives damage."""

from __future__ import annotations

import pytest

from medcurate.curate.homogenizing.job_store import JobStore
from medcurate.curate.homogenizing.records import ImageRecord, dropped, used
from medcurate.errors import OutputError


def records(*rows: int) -> list[ImageRecord]:
    return [ImageRecord(row=row, status="kept", path=f"é{row}", notes="", sharpness=0.0) for row in rows]


def test_results_come_in_the_order_of_rows_and_follow_their_jobs(tmp_path):
    with JobStore(tmp_path, "1", 30) as store:
        store.place([10, 14], b"set")
        store.place([11], b"one")
        store.place([20, 21], b"none yet")
        store.put(b"one", records(0, 0))
        store.put(b"set", records(0, 4))
        found = [(row, record.path) for row, record in store.results()]
    assert found == [(10, "é0"), (11, "é0"), (11, "é0"), (14, "é4")]


def test_records_come_back_as_they_were(tmp_path):
    given = [
        *records(0),
        dropped(1, "DECODE", "cut"),
        dropped(2, "CONSTANT", kind="image", plane="axial", original_frame=0),
        used(3),
    ]
    with JobStore(tmp_path, "1", 4) as store:
        store.put(b"a", given)
        assert store.find(b"a") == given


def test_what_is_done_is_found_again_under_other_row_numbers(tmp_path):
    with JobStore(tmp_path, "1", 8) as store:
        store.place([3], b"a")
        store.put(b"a", records(0))
        store.put(b"b", records(0))
    with JobStore(tmp_path, "1", 8) as store:
        assert store.find(b"a") == records(0)
        assert list(store.results()) == []
        store.place([7], b"a")
        assert [row for row, _ in store.results()] == [7]
        store.forget_others()
        assert store.find(b"b") is None
        assert store.find(b"a") == records(0)


def test_another_version_begins_anew(tmp_path):
    for version, found in (("1", None), ("2", None), ("2", records(0)), ("1", None)):
        with JobStore(tmp_path, version, 1) as store:
            assert store.find(b"a") == found
            store.put(b"a", records(0))


def test_f14_a_damaged_store_is_done_again(tmp_path):
    with JobStore(tmp_path, "1", 1) as store:
        store.put(b"a", records(0))
    path = next((tmp_path / ".medcurate").glob("*.journal"))
    path.write_bytes(b"no journal" * 100)
    with JobStore(tmp_path, "1", 1) as store:
        assert store.find(b"a") is None


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / ".medcurate").write_text("a file")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"):
        JobStore(tmp_path, "1", 1)
