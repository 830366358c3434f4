"""The rows that dedupe looks at: which there are, how large their files are, and which pairs are of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.curate.duplicates.clusters import Pairs
from medcurate.curate.duplicates.rows import contents, file_bytes, read_all, read_some, without_other_series
from medcurate.curate.sources.inputs import walk
from medcurate.run_folder import write_catalogue
from tests.curate.test_scanning import image, png


def rows_of(tmp_path, *rows: dict) -> Catalogue:
    base = {"kind": "image", "status": "kept", "source": "s", "file_sha256": "a" * 64}
    numbered = [base | {"path": str(number)} | row for number, row in enumerate(rows)]
    write_catalogue(tmp_path / "catalogue.parquet", [pa.Table.from_pylist(numbered, schema=SCHEMA)])
    return Catalogue.open(tmp_path)


def test_pairs_stand_for_images_that_are_considered(tmp_path):
    one, two, three = (f"{number:016x}" for number in (1, 2, 3))
    catalogue = rows_of(
        tmp_path,
        {"image_id": one, "status": "dropped", "reason": "LABEL_SUSPECT"},
        {"image_id": one, "source": "t"},
        {"image_id": two},
        {"image_id": three, "status": "dropped", "reason": "CONSTANT"},
        {"image_id": one, "kind": "mask", "mask_of": two},
        {"image_id": one},
    )
    rows = read_all(catalogue)
    assert rows.considered.tolist() == [False, True, True, False, False, True]
    assert rows.equal().tolist() == [False, True, False, False, False, True]
    assert (rows.n_different, rows.sources, rows.masked.tolist()) == (2, {"s": 2, "t": 1}, [2])
    found = Pairs(np.array([0, 2]), np.array([2, 3]), np.ones(2, np.float32), np.zeros(2, np.int16), ("resized",))
    kept = rows.among(found)
    assert (kept.first.tolist(), kept.second.tolist()) == ([1], [2])
    assert read_some(catalogue, rows.equal(), ["path"])["path"].to_pylist() == ["1", "5"]


def test_two_series_of_one_patient_are_no_copies(tmp_path):
    catalogue = rows_of(
        tmp_path,
        {"patient_id": "p", "series_id": "a"},
        {"patient_id": "p", "series_id": "b"},
        {"patient_id": "p", "series_id": "a"},
        {"patient_id": "q", "series_id": "b"},
        {"patient_id": "p"},
        {},
    )
    second = np.arange(1, 6)
    score, change = np.linspace(0.5, 0.9, 5, dtype=np.float32), np.zeros(5, np.int16)
    found = without_other_series(catalogue, Pairs(np.zeros(5, np.int64), second, score, change, ("windowed",)))
    assert (found.second.tolist(), found.score.tolist()) == ([2, 3, 4, 5], score[1:].tolist())
    assert len(without_other_series(catalogue, Pairs.none()).first) == 0


def test_contents_tell_frames_and_files_apart(tmp_path):
    catalogue = rows_of(tmp_path, {}, {"frame": 0}, {"frame": 1}, {"frame": 0}, {"file_sha256": "b" * 64})
    numbers = contents(catalogue.to_table(["file_sha256", "frame"])).tolist()
    assert numbers[1] == numbers[3]
    assert len(set(numbers)) == 4


def test_sizes_are_those_of_the_listing(tmp_path):
    for number in range(3):
        png(tmp_path / "in" / f"{number}.png", image(number, shape=(20 + number, 20)))
    rows = pa.table({"source": ["in", "in", "in", "other"], "path": ["2.png", "0.png", "2.png", "2.png"]})
    two, none = ((tmp_path / f"in/{number}.png").stat().st_size for number in (2, 0))
    assert file_bytes(walk([tmp_path / "in"]), rows).tolist() == [two, none, two, 0]
    assert file_bytes((), rows).tolist() == [0] * 4
