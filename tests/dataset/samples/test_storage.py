"""Large columns lie in files, small ones in memory, and both hold the same."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.samples import Storage, storage
from medcurate.errors import OutputError


def test_a_column_beyond_the_limit_lies_in_a_file(tmp_path):
    room = Storage(tmp_path / "x", limit=10)
    assert not isinstance(room.new("small", (10,), np.uint8), np.memmap)
    found = room.new("large", (11,), np.uint8)
    assert isinstance(found, np.memmap)
    assert not found.any()
    assert (tmp_path / "x" / "large.raw").stat().st_size == 11
    assert not isinstance(room.new("none", (0, 100), np.float64), np.memmap)


def test_without_a_folder_all_is_in_memory(monkeypatch):
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 1)
    assert not isinstance(Storage().new("a", (100,), np.uint8), np.memmap)


def test_the_limit_is_that_of_the_module_unless_given(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 3)
    assert isinstance(Storage(tmp_path).new("a", (4,), np.uint8), np.memmap)


def test_rows_are_copied_whatever_their_number(tmp_path, rng):
    column = rng.random((700, 3))
    rows = rng.integers(0, 700, 1000)
    for room in (Storage(), Storage(tmp_path, limit=0)):
        np.testing.assert_array_equal(room.taken("a", column, rows), column[rows])


def test_a_file_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        Storage(tmp_path / "file", limit=0).new("a", (1,), np.uint8)
