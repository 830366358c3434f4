"""Parts: the same rows as one file, the same bytes however they come, and a folder that is not whole is told."""

from __future__ import annotations

import shutil
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.catalogue import FILE_NAME, Catalogue, part_path
from medcurate.catalogue import writing as catalogue_writing
from medcurate.catalogue.writing import write_parts
from medcurate.errors import OutputError, UsageError
from medcurate.run_folder import lock, write_catalogue
from tests.catalogue.test_table import save, table


def parts_of(folder, rows: pa.Table, size: int) -> Catalogue:
    folder.mkdir()
    assert write_parts(folder, [rows], rows=size) == rows.num_rows
    return Catalogue.open(folder)


def bytes_of(folder) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


@given(st.integers(0, 50), st.lists(st.integers(0, 50), max_size=4), st.integers(1, 60))
@settings(deadline=None, max_examples=20)
def test_parts_hold_what_one_file_holds_however_rows_come(tmp_path_factory, count, cuts, size):
    folder = tmp_path_factory.mktemp("parts")
    rows = table(count, plane=[("axial", None)[number % 2] for number in range(count)])
    edges = [0, *sorted(min(cut, count) for cut in cuts), count]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_writing, "ROW_GROUP", 16)
        one = save(folder / "one.parquet", rows)
        whole = parts_of(folder / "whole", rows, size)
        (folder / "cut").mkdir()
        write_parts(folder / "cut", (rows.slice(a, b - a) for a, b in pairwise(edges)), rows=size)
    assert bytes_of(folder / "whole") == bytes_of(folder / "cut")
    assert whole.to_table().equals(one.to_table())
    assert (len(whole), whole.counts("plane")) == (count, one.counts("plane"))
    assert [pq.read_metadata(file).num_rows for file in whole.files()][:-1] == [size] * ((max(count, 1) - 1) // size)


def test_a_part_that_is_damaged_or_gone_is_named(tmp_path):
    good = parts_of(tmp_path / "good", table(30), 10).path
    for number in range(3):
        copy = shutil.copytree(good, tmp_path / f"gone{number}")
        part_path(copy, number).unlink()
        with pytest.raises(UsageError, match=r"part-0000[012]\.parquet is (missing|not the last part)|no catalogue at"):
            Catalogue.open(copy)
    damaged = shutil.copytree(good, tmp_path / "damaged")
    part_path(damaged, 1).write_bytes(b"PAR1 no")
    with pytest.raises(UsageError, match=r"part-00001\.parquet is not a Parquet file"):
        Catalogue.open(damaged)


@pytest.mark.parametrize("at", [0.1, 0.3, 0.5])
def test_a_bit_that_flipped_in_a_part_is_found(tmp_path, at):
    place = parts_of(tmp_path / "parts", table(3000), 1000)
    content = bytearray(part_path(place.path, 2).read_bytes())
    content[int(at * len(content))] ^= 4
    part_path(place.path, 2).write_bytes(content)
    with pytest.raises(UsageError, match=r"part-00002\.parquet is not a Parquet file that can be read"):
        place.to_table()


def test_a_column_that_one_part_lacks_is_named(tmp_path):
    place = parts_of(tmp_path / "parts", table(30), 10).path
    pq.write_table(table(10).drop_columns(["notes"]), part_path(place, 1))
    with pytest.raises(UsageError, match=r"part-00001\.parquet has no column 'notes'"):
        Catalogue.open(place)


def test_a_folder_of_parts_is_written_whole_and_stays_one(tmp_path):
    path = tmp_path / FILE_NAME
    write_catalogue(path, [table(5)])
    assert path.is_file()
    write_catalogue(path, [table(30)], part_rows=10)
    found = Catalogue.open(tmp_path)
    assert [file.name for file in found.files()] == [f"part-0000{number}.parquet" for number in range(3)]
    write_catalogue(path, found.filter(path={"p3", "p7"}).batches())  # from the catalogue that it replaces
    assert Catalogue.open(tmp_path).to_table(["path"]).column("path").to_pylist() == ["p3", "p7"]
    assert path.is_dir()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [FILE_NAME]


def test_an_error_on_the_way_leaves_the_old_one(tmp_path):
    def broken():
        yield table(15)
        raise OSError(28, "full")

    write_catalogue(tmp_path / FILE_NAME, [table(30)], part_rows=10)
    before = bytes_of(tmp_path / FILE_NAME)
    with pytest.raises(OutputError, match="the disk is full"):
        write_catalogue(tmp_path / FILE_NAME, broken())
    assert bytes_of(tmp_path / FILE_NAME) == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [FILE_NAME]


def test_what_a_killed_run_left_is_removed(tmp_path):
    litter = tmp_path / ".01234567.tmp"
    litter.mkdir()
    write_parts(litter, [table(3)])
    with lock(tmp_path):
        assert not litter.exists()


def test_wrong_use_is_told(tmp_path):
    with pytest.raises(ValueError, match="rows: expected 1 or more, received 0"):
        write_parts(tmp_path, [table(1)], rows=0)
    with pytest.raises(ValueError, match="expected the columns"):
        write_parts(tmp_path, [table(1).drop_columns(["notes"])])
