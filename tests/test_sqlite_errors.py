from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from medcurate.errors import OutputError
from medcurate.sqlite_errors import sqlite_errors


def test_what_cannot_be_written_is_named_with_what_to_do():
    with (
        pytest.raises(OutputError, match=r"cannot write a\.sqlite: disk is full\. Free space"),
        sqlite_errors(Path("a.sqlite")),
    ):
        raise sqlite3.OperationalError("disk is full")


@pytest.fixture
def damaged(tmp_path):
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"no database" * 100)
    return path


def read(path):
    base = sqlite3.connect(path)
    try:
        base.execute("SELECT * FROM sqlite_master")
    finally:
        base.close()


def test_a_damaged_file_is_an_error_that_names_it(damaged):
    with pytest.raises(OutputError, match=r"cannot read .*a\.sqlite: .*Remove it"), sqlite_errors(damaged):
        read(damaged)


def test_a_caller_may_take_a_damaged_file_itself(damaged):
    with pytest.raises(sqlite3.DatabaseError, match="not a database"), sqlite_errors(damaged, corrupt=True):
        read(damaged)
