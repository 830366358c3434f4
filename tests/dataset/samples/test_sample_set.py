"""A set of examples changes its digest with everything that a training sees, and with nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.dataset.samples import SampleSet, Storage

N = 6


def columns(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "target": rng.integers(0, 256, (N, 4, 5, 1), np.uint8),
        "source": rng.random((N, 4, 5, 2), np.float32),
        "labels": rng.random((N, 3), np.float32),
    }


def made(**changed):
    about = {
        "columns": columns(),
        "classes": {"tumor": ("a", "b", "c")},
        "attributes": ("size",),
        "members": tuple((f"i{k}",) for k in range(N)),
        "groups": tuple("ppqqrr"),
    }
    return SampleSet(**{**about, **changed})


def test_equal_content_has_one_digest():
    assert made().digest == made().digest
    assert len(made().digest) == 64


@pytest.mark.parametrize(
    "changed",
    [
        {"columns": {**columns(), "more": np.zeros((N, 1))}},
        {"columns": {("aim" if name == "target" else name): column for name, column in columns().items()}},
        {"columns": {**columns(), "labels": columns()["labels"].astype(np.float64)}},
        {"columns": {**columns(), "target": columns()["target"].reshape(N, 5, 4, 1)[..., :0].reshape(N, 4, 5, 0)}},
        {"classes": {"tumor": ("a", "c", "b")}},
        {"classes": {"plane": ("a", "b", "c")}},
        {"attributes": ("volume",)},
        {"members": tuple((f"j{k}",) for k in range(N))},
        {"members": ()},
    ],
)
def test_the_digest_tells_what_is_there(changed):
    assert made(**changed).digest != made().digest


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["target", "source", "labels"]), st.integers(0, 10**6), st.integers(1, 255))
def test_the_digest_tells_one_changed_number(name, place, change):
    found = columns()
    bytes_of = found[name].reshape(-1).view(np.uint8)
    bytes_of[place % bytes_of.size] ^= change
    assert made(columns=found).digest != made().digest


def test_the_digest_does_not_know_where_columns_lie(tmp_path):
    storage = Storage(tmp_path, limit=0)
    files = {name: storage.taken(name, column, np.arange(N)) for name, column in columns().items()}
    assert all(isinstance(column, np.memmap) for column in files.values())
    assert made(columns=files).digest == made().digest
    assert made(groups=()).digest == made().digest


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, N - 1), max_size=9), st.lists(st.integers(0, 8), max_size=5))
def test_select_gives_the_rows_in_order_and_may_be_repeated(rows, again):
    found, whole = made().select(rows), made()
    assert len(found) == len(rows)
    for name, column in found.columns.items():
        np.testing.assert_array_equal(column, whole.columns[name][np.array(rows, np.int64)])
    assert found.members == tuple(whole.members[row] for row in rows)
    assert found.groups == tuple(whole.groups[row] for row in rows)
    if again and rows:
        twice = [place % len(rows) for place in again]
        assert found.select(twice).digest == whole.select([rows[place] for place in twice]).digest


def test_select_by_a_choice_and_into_files(tmp_path):
    chosen = np.array([True, False] * 3)
    found = made().select(chosen, storage=Storage(tmp_path, limit=0))
    assert isinstance(found.columns["target"], np.memmap)
    assert found.digest == made().select([0, 2, 4]).digest
    assert made().select(range(N)).digest == made().digest
    assert made().select([1, 0]).digest != made().select([0, 1]).digest


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_selection_is_as_if_it_had_been_made_of_its_rows(asked_before):
    whole = made()
    if asked_before:
        assert whole.digest
    part = whole.select([4, 2])
    alone = made(
        columns={name: column[[4, 2]] for name, column in columns().items()},
        members=(("i4",), ("i2",)),
        groups=("r", "q"),
    )
    assert part.digest == alone.digest


def test_a_copy_with_other_columns_has_another_digest():
    whole = made()
    before = whole.digest
    assert replace(whole, columns={**columns(), "target": columns(1)["target"]}).digest != before
    assert replace(whole, columns=columns()).digest == before


def test_ids_are_named_once_in_order():
    assert made(members=(("b", "a"), ("a",), ("c",), (), ("b",), ("d",))).ids == ("b", "a", "c", "d")


@pytest.mark.parametrize(
    "changed",
    [
        {"columns": {}},
        {"columns": {**columns(), "labels": np.zeros((N + 1, 2))}},
        {"members": (("a",),)},
        {"columns": {**columns(), "source": np.zeros((N, 5, 4, 1))}},
    ],
)
def test_columns_that_do_not_fit_together_are_refused(changed):
    with pytest.raises(ValueError, match="columns: expected"):
        made(**changed)


def test_a_row_digest_is_the_hash_of_its_bytes():
    found = columns()
    row = b"".join(found[name][3].tobytes() for name in sorted(found))
    assert made().row_digests[3].tobytes() == hashlib.sha256(row).digest()
