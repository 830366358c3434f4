"""Reading goes through a listing once, and leaves whole parts in the store."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.curate.scans import parts, reading
from medcurate.curate.scans.file_lines import ScanSettings
from medcurate.curate.scans.parts import PartStore
from medcurate.curate.scans.reading import lines_version, read_files
from medcurate.curate.sources.inputs import walk
from medcurate.curate.sources.listing import Listing
from medcurate.parallel import Workers

SETTINGS = ScanSettings(b"s" * 32)


@pytest.fixture
def folder(tmp_path, rng):
    (tmp_path / "in").mkdir()
    for number in range(7):
        pixels = rng.integers(0, 256, (20, 24), dtype=np.uint8)
        (tmp_path / "in" / f"{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    (tmp_path / "in/Thumbs.db").write_bytes(b"x")
    return tmp_path / "in"


def read(folder, out, version="1"):
    with Listing(walk([folder]), folder.parent) as listing, PartStore(out, version) as store:
        found = read_files(listing, store, SETTINGS, Workers(0, progress=False))
        return found, [store.lines(key).num_rows for key in found.keys]


def test_parts_are_in_the_order_of_the_listing_and_nothing_is_read_twice(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PART_ITEMS", 3)
    first, rows = read(folder, tmp_path / "out")
    assert (first.seen, first.reused, rows) == (8, 0, [3, 3, 2])
    again, _ = read(folder, tmp_path / "out")
    assert (again.keys, again.reused) == (first.keys, 7)
    other, _ = read(folder, tmp_path / "out", "2")
    assert other.reused == 0


def test_files_are_found_again_when_parts_are_cut_otherwise(folder, tmp_path, monkeypatch):
    read(folder, tmp_path / "out")
    monkeypatch.setattr(parts, "PART_ITEMS", 2)
    found, rows = read(folder, tmp_path / "out")
    assert (len(found.keys), found.reused, sum(rows)) == (4, 7, 8)


def test_the_version_changes_with_options_salt_features_and_libraries(monkeypatch):
    versions = {lines_version(SETTINGS), lines_version(ScanSettings(b"t" * 32))}
    versions |= {lines_version(ScanSettings(b"s" * 32, features=True))}
    monkeypatch.setattr(reading, "_LIBRARIES", ())
    assert len(versions | {lines_version(SETTINGS)}) == 4
