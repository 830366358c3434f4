"""Rows come back by their id, in any order, also after damage and a kill between columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.journal.columns import Columns
from medcurate.journal.store import Journal

COLUMNS = {"value": np.dtype("<f4"), "picture": np.dtype(("u1", (3, 2)))}


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "a", "1") as opened:
        yield opened


def rows(ids):
    ids = np.array(ids, np.uint64)
    return {
        "value": ids.astype(np.float32) / 2,
        "picture": (ids[:, None, None] % 200 * np.ones((3, 2), np.uint8)).astype(np.uint8),
    }


def add(columns: Columns, ids: list[int]) -> None:
    columns.append(np.array(ids, np.uint64), **rows(ids))


def check(columns: Columns, wanted: list[int]) -> None:
    places = columns.places(np.array(wanted, np.uint64))
    for name, expected in rows(wanted).items():
        found = columns.read(name, places)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


BATCHES = st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=9), max_size=4)


@settings(max_examples=30, deadline=None)
@given(batches=BATCHES, data=st.data())
def test_any_rows_are_read_in_the_order_asked_for(tmp_path_factory, batches, data):
    folder = tmp_path_factory.mktemp("columns")
    flat = list(dict.fromkeys(number for batch in batches for number in batch))
    wanted = data.draw(st.lists(st.sampled_from(flat), max_size=12)) if flat else []
    with Journal(folder / "a", "1") as journal:
        columns = Columns(journal, COLUMNS)
        for batch in batches:
            add(columns, batch)
        check(columns, wanted)
        check(Columns(journal, COLUMNS), wanted)
        assert sum(len(part) for part in columns.batches("value")) == len(columns) == sum(map(len, batches))


def test_ids_that_are_not_there_have_no_place(journal):
    columns = Columns(journal, COLUMNS)
    assert columns.places(np.array([1], np.uint64)).tolist() == [-1]
    add(columns, [5, 2**64 - 1])
    add(columns, [7, 5])
    assert columns.places(np.array([5, 6, 7, 2**64 - 1], np.uint64)).tolist() == [0, -1, 2, 1]


def test_few_of_many_rows_are_read_alone(journal, monkeypatch):
    columns = Columns(journal, COLUMNS)
    add(columns, list(range(100)))
    read = []
    part = journal.part
    monkeypatch.setattr(journal, "part", lambda key, start, stop: read.append(stop - start) or part(key, start, stop))
    check(columns, [3, 99, 3])
    assert read == [4] * 3 + [6] * 3


def test_a_batch_counts_once_all_its_columns_are_there(journal, monkeypatch):
    columns = Columns(journal, COLUMNS)
    add(columns, [1, 2])
    put = journal.put

    def stop_at_ids(key, content):
        if key.endswith(b"/id"):
            raise KeyboardInterrupt
        put(key, content)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "put", stop_at_ids)
        with pytest.raises(KeyboardInterrupt):
            add(columns, [3, 4])
    again = Columns(journal, COLUMNS)
    assert again.ids.tolist() == [1, 2]
    add(again, [5])
    assert Columns(journal, COLUMNS).ids.tolist() == [1, 2, 5]
    check(Columns(journal, COLUMNS), [5, 1])


@pytest.mark.parametrize("name", ["value", "picture", "id"])
def test_a_batch_with_a_damaged_column_is_left_out_and_replaced(tmp_path, name):
    path = tmp_path / "a"
    with Journal(path, "1") as journal:
        columns = Columns(journal, COLUMNS)
        for ids in ([11, 12], [21, 22], [31, 32]):
            add(columns, ids)
        damaged = journal.get(f"1/{name}".encode())
    path.write_bytes(path.read_bytes().replace(damaged, bytes(len(damaged))))
    with Journal(path, "1") as journal:
        columns = Columns(journal, COLUMNS)
        assert sorted(columns.ids.tolist()) == [11, 12, 31, 32]
        check(columns, [31, 12])
        add(columns, [21, 22])
        check(Columns(journal, COLUMNS), [21, 32, 11, 22])
