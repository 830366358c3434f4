"""Contact sheets of copies: clusters whole, kept image first, the least sure cluster first."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA
from medcurate.curate.duplicates import sheets as duplicate_sheets
from medcurate.curate.duplicates.clusters import Pairs, find_clusters
from medcurate.curate.duplicates.reports import gather
from medcurate.curate.duplicates.sheets import MAX_MEMBERS, MAX_TILES, remove_sheets, write_sheets
from medcurate.readers.options import ReadOptions


@pytest.fixture
def shown(monkeypatch):
    """Give the titles, summaries and tiles of the sheets that are drawn."""
    sheets = {}

    def draw(title, summary, tiles):
        sheets[title] = (summary, [(tile.number, tile.path, tile.note, round(tile.confidence, 2)) for tile in tiles])
        return np.zeros((8, 8, 3), np.uint8)

    monkeypatch.setattr(duplicate_sheets, "contact_sheet", draw)
    return sheets


def found_in(rows: list[dict], *pairs: tuple[int, int, float], image=None):
    base = {"source": "s", "kind": "image"}
    schema = pa.schema([SCHEMA.field(name) for name in ("source", "path", "frame", "tumor", "split", "kind", "depth")])
    table = pa.Table.from_pylist([base | row for row in rows], schema=schema)
    first, second, score = np.array(pairs).reshape(-1, 3).T
    change = np.zeros(len(pairs), np.int16)
    found = Pairs(first.astype(np.int64), second.astype(np.int64), score.astype(np.float32), change, ("resized",))
    numbers = np.arange(len(rows), dtype=np.uint64)
    identity = numbers if image is None else np.array(image, np.uint64)
    return gather(table, find_clusters(identity, numbers, np.arange(len(rows)), found))


def test_least_sure_first_with_changes_and_labels(tmp_path, shown):
    rows = [{"path": f"{split}/{name}", "tumor": tumor} for name, tumor, split in (
        ("a", "glioma", "train"), ("b", "none", "test"), ("c", None, "train"), ("d", None, "train"), ("e", None, "x"),
    )]  # fmt: skip
    write_sheets(tmp_path, found_in(rows, (0, 1, 0.95), (2, 3, 0.7), image=[0, 1, 2, 3, 3]), (), ReadOptions())
    summary, tiles = shown["duplicates"]
    assert tiles == [
        (2, "train/c", "kept", 1.0),
        (2, "train/d", "resized", 0.7),
        (2, "x/e", "resized", 0.7),
        (1, "train/a", "kept", 1.0),
        (1, "test/b", "resized", 0.95),
    ]
    assert summary.startswith("2 clusters · the numbers are those of duplicates.csv")
    assert [note for _, _, note, _ in shown["label conflicts"][1]] == ["glioma", "none"]
    assert [note for _, _, note, _ in shown["leaks"][1]] == ["train, kept", "test, resized"]
    remove_sheets(tmp_path)
    assert not (tmp_path / "duplicates").exists()


def test_large_and_many_clusters_are_cut(tmp_path, shown):
    rows = [{"path": f"{number:04d}"} for number in range(500)]
    image = [0] * 100 + [number // 2 for number in range(400, 800)]
    write_sheets(tmp_path, found_in(rows, image=image), (), ReadOptions())
    summary, tiles = shown["duplicates"]
    assert [number for number, *_ in tiles].count(1) == MAX_MEMBERS
    assert len(tiles) == MAX_TILES
    assert summary.startswith("201 clusters, 115 shown")


def test_an_old_sheet_goes_where_there_is_nothing_to_show(tmp_path, shown):
    (tmp_path / "duplicates").mkdir()
    (tmp_path / "duplicates/leaks.jpg").write_bytes(b"old")
    (tmp_path / "duplicates/mine.txt").write_bytes(b"mine")
    write_sheets(tmp_path, found_in([{"path": "a"}]), (), ReadOptions())
    assert [path.name for path in (tmp_path / "duplicates").iterdir()] == ["mine.txt"]
    remove_sheets(tmp_path)
    assert (tmp_path / "duplicates/mine.txt").exists()
