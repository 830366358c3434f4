"""Parts of a scan: kept under what their files are, and found again file by file."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from medcurate.curate.scans import parts
from medcurate.curate.scans.file_lines import Line
from medcurate.curate.scans.parts import FileLines, PartStore, cut, feature_rows, part_key
from medcurate.curate.sources.inputs import Item, Skipped
from medcurate.errors import Code


def item(name: str, *, size: int = 10, mtime_ns: int = 1) -> Item:
    return Item("s", name, size, mtime_ns, f"/in/{name}", size)


def lines_of(entry: Item, count: int = 1) -> FileLines:
    line = Line(image_id="ab", frame=3, status="kept", n_features=count)
    return FileLines(entry, [line], np.full((count, 4), len(entry.path), np.float16) if count else None)


SKIPPED = FileLines(Skipped("s", "z", Code.LITTER, "Litter."), [Line(ignored=True, code="LITTER")])
FILES = [lines_of(item("a")), lines_of(item("bb"), 2), lines_of(item("ccc"), 0), SKIPPED]


def write(store: PartStore, files: list[FileLines]) -> bytes:
    key = part_key(file.entry for file in files)
    store.write(key, files)
    return key


def test_a_part_is_found_as_a_whole_and_file_by_file(tmp_path):
    with PartStore(tmp_path, "1") as store:
        key = write(store, FILES)
    with PartStore(tmp_path, "1") as store:
        assert store.has(key)
        for file in FILES[:3]:
            found = store.find(file.entry)
            assert found.lines == file.lines
            np.testing.assert_array_equal(
                np.zeros(0) if found.features is None else found.features,
                np.zeros(0) if file.features is None else file.features,
            )
        assert store.find(item("a", mtime_ns=2)) is None
        assert store.find(item("d")) is None
        assert feature_rows(store.lines(key, ["image_id", "n_features"])).tolist() == [0, 1, 1]
        assert store.features(key).shape == (3, 4)


def test_files_are_found_in_parts_that_were_cut_otherwise(tmp_path):
    with PartStore(tmp_path, "1") as store:
        write(store, FILES[:2])
        write(store, FILES[2:])
    with PartStore(tmp_path, "1") as store:
        whole = part_key(file.entry for file in FILES)
        assert not store.has(whole)
        assert all(store.find(file.entry) is not None for file in FILES[:3])
        store.write(whole, FILES)
        store.finish([whole])
    with PartStore(tmp_path, "1") as store:
        assert store.has(whole)
        assert not store.has(part_key(file.entry for file in FILES[:2]))


@pytest.mark.parametrize("code", ["TIMEOUT", "PERMISSION"])
def test_what_may_be_otherwise_next_time_is_not_done(tmp_path, code):
    failed = FileLines(item("a"), [Line(stage="worker", code=code)])
    with PartStore(tmp_path, "1") as store:
        key = write(store, [failed, FILES[1]])
    with PartStore(tmp_path, "1") as store:
        assert not store.has(key)
        assert store.find(failed.entry) is None
        assert store.find(FILES[1].entry) is not None


def test_another_version_knows_nothing(tmp_path):
    with PartStore(tmp_path, "1") as store:
        key = write(store, FILES)
    with PartStore(tmp_path, "2") as store:
        assert not store.has(key)
        assert store.find(FILES[0].entry) is None


def test_the_key_changes_with_whatever_the_listing_says():
    entries = [file.entry for file in FILES]
    keys = {part_key(entries), part_key(entries[::-1]), part_key(entries[:-1])}
    keys |= {part_key([dataclasses.replace(entries[0], size=11), *entries[1:]])}
    keys |= {part_key([*entries[:-1], dataclasses.replace(entries[-1], message="Other.")])}
    assert len(keys) == 5


def test_parts_are_cut_by_number_and_bytes(monkeypatch):
    monkeypatch.setattr(parts, "PART_ITEMS", 3)
    monkeypatch.setattr(parts, "PART_BYTES", 100)
    sizes = [10, 10, 10, 90, 10, 1, 200, 1]
    found = list(cut(item(str(number), size=size) for number, size in enumerate(sizes)))
    assert [[entry.size for entry in part] for part in found] == [[10, 10, 10], [90, 10], [1, 200], [1]]
