"""The journal gives back what was put in, of this version alone, and survives damage."""

from __future__ import annotations

import pytest

from medcurate.curate.homogenizing.journal import Journal
from medcurate.errors import OutputError


def lines(*rows: int) -> list[dict]:
    return [{"row": row, "status": "kept", "path": f"é{row}"} for row in rows]


def test_results_come_in_the_order_of_rows_and_follow_their_jobs(tmp_path):
    journal = Journal(tmp_path, "1")
    journal.place([10, 14], b"set")
    journal.place([11], b"one")
    journal.place([20, 21], b"none yet")
    journal.put(b"one", lines(0, 0))
    journal.put(b"set", lines(0, 4))
    assert [(row, line["path"]) for row, line in journal.results()] == [(10, "é0"), (11, "é0"), (11, "é0"), (14, "é4")]
    journal.close()


def test_what_is_done_is_found_again_under_other_row_numbers(tmp_path):
    journal = Journal(tmp_path, "1")
    journal.place([3], b"a")
    journal.put(b"a", lines(0))
    journal.put(b"b", lines(0))
    journal.close()
    journal = Journal(tmp_path, "1")
    assert journal.find(b"a") == lines(0)
    assert list(journal.results()) == []
    journal.place([7], b"a")
    assert [row for row, _ in journal.results()] == [7]
    journal.forget_others()
    assert journal.find(b"b") is None
    journal.close()


def test_another_version_begins_anew(tmp_path):
    for version, found in (("1", None), ("2", None), ("2", lines(0)), ("1", None)):
        journal = Journal(tmp_path, version)
        assert journal.find(b"a") == found
        journal.put(b"a", lines(0))
        journal.close()


def test_f14_a_damaged_journal_is_set_aside(tmp_path):
    journal = Journal(tmp_path, "1")
    journal.put(b"a", lines(0))
    journal.close()
    path = next((tmp_path / ".medcurate").glob("*.sqlite"))
    path.write_bytes(b"no data base" * 100)
    journal = Journal(tmp_path, "1")
    assert journal.find(b"a") is None
    journal.close()


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / ".medcurate").write_text("a file")
    with pytest.raises(OutputError, match="a file stands where a folder is needed"):
        Journal(tmp_path, "1")
