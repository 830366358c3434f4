"""Parts give rows of the catalogue and features, each read when it is asked for."""

from __future__ import annotations

import numpy as np

from medcurate.catalogue import SCHEMA
from medcurate.curate.measures.plane_features import N_FEATURES
from medcurate.curate.scans.across_files import COLUMNS, compare
from medcurate.curate.scans.file_lines import Line
from medcurate.curate.scans.parts import FileLines, PartStore, part_key
from medcurate.curate.scans.scan_parts import ScanParts
from medcurate.curate.sources.inputs import Item

LINE = Line(file_sha256="a" * 64, kind="image", status="kept", notes="", n_features=0)


def file(name: str, *lines: Line, features: int = 0) -> FileLines:
    values = np.ones((features, N_FEATURES), np.float16) if features else None
    return FileLines(Item("s", name, 1, 1, name, 1), list(lines), values)


def test_rows_are_those_of_the_catalogue_and_copies_are_marked(tmp_path):
    image = LINE._replace(image_id="ab" * 8, n_features=1)
    volume = LINE._replace(image_id="cd" * 8, kind="volume", n_features=2)
    groups = [
        [file("a", image, features=1), file("b", Line(code="EMPTY", file_sha256=""))],
        [file("c", volume, features=2), file("d", image, features=1)],
    ]
    with PartStore(tmp_path, "1") as store:
        keys = [part_key(found.entry for found in group) for group in groups]
        for key, group in zip(keys, groups, strict=True):
            store.write(key, group)
        findings = compare(store.lines(key, COLUMNS) for key in keys)
        parts = ScanParts(store, keys, [1, 2], findings)
        assert parts.n_rows == 3
        first, second = parts
        assert (first.first_row, first.rows.num_rows, first.lines.num_rows) == (0, 1, 2)
        assert second.first_row == 1
        assert second.rows.schema.equals(SCHEMA)
        assert second.rows["path"].to_pylist() == ["c", "d"]
        assert second.rows["duplicate_kind"].to_pylist() == [None, "bytes"]
        assert second.rows["duplicate_of"].to_pylist() == [None, "ab" * 8]
        assert second.feature_row.tolist() == [0, 0, 1]
        assert second.features.shape == (3, N_FEATURES)
        assert [part.first_row for part in parts] == [0, 1]


def test_a_part_without_features_has_none(tmp_path):
    group = [file("a", LINE._replace(image_id="ab" * 8))]
    with PartStore(tmp_path, "1") as store:
        key = part_key(found.entry for found in group)
        store.write(key, group)
        [part] = ScanParts(store, [key], [1], compare([store.lines(key, COLUMNS)]))
        assert part.features.shape == (0, N_FEATURES)
        assert part.feature_row.tolist() == []
