"""``metadata.csv`` says of each image that is kept what people filter by."""

from __future__ import annotations

import csv

import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.dataset.metadata import COLUMNS, renew_metadata, write_metadata
from medcurate.errors import UsageError
from medcurate.run_folder import write_catalogue

KEPT = {"status": "kept", "source": "s", "origin": "real", "license": "CC-BY-4.0"}
ROWS = [
    {**KEPT, "kind": "image", "path": "axial/train/glioma/a.png", "image_id": "a", "tumor": "glioma", "split": "train"},
    {**KEPT, "kind": "mask", "path": "masks/axial/glioma/a.png", "image_id": "m", "mask_of": "a", "tumor": "glioma"},
    {**KEPT, "kind": "image", "path": "unknown/all/unlabeled/b.png", "image_id": "b", "fold": 2, "plane": None},
    {**KEPT, "kind": "image", "path": "x.jpg", "image_id": "c", "status": "dropped", "reason": "DUPLICATE"},
    {**KEPT, "kind": "volume", "path": "volumes/p1/T1.nii.gz", "image_id": "v", "split": "test", "plane": "axial"},
    {**KEPT, "kind": "mask", "path": "volumes/p1/mask.nii.gz", "image_id": "n", "split": "test"},
    {**KEPT, "kind": "volume", "path": "volumes/p2/T1.nii.gz", "image_id": "w", "split": "test", "plane": "axial"},
]


def catalogued(folder, rows):
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return folder


def read(folder):
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_row_per_image_and_volume_that_is_kept(tmp_path):
    write_metadata(catalogued(tmp_path, ROWS))
    image, other, volume, bare = read(tmp_path)
    assert tuple(image) == COLUMNS
    assert COLUMNS[:4] == ("file_name", "label", "split", "plane")
    assert (image["file_name"], image["label"], image["split"]) == ("axial/train/glioma/a.png", "glioma", "train")
    assert image["mask"] == "masks/axial/glioma/a.png"
    assert (other["label"], other["split"], other["plane"]) == ("unlabeled", "all", "unknown")
    assert (other["fold"], other["mask"]) == ("2", "")
    assert (volume["kind"], volume["mask"]) == ("volume", "volumes/p1/mask.nii.gz")
    assert bare["mask"] == ""


def test_any_text_comes_back(tmp_path):
    write_metadata(catalogued(tmp_path, [{**ROWS[0], "source": 'a, "b"\nü', "contrast": "T1;T2"}]))
    (row,) = read(tmp_path)
    assert (row["source"], row["contrast"]) == ('a, "b"\nü', "T1;T2")


def test_it_follows_the_catalogue(tmp_path):
    renew_metadata(catalogued(tmp_path, ROWS))
    assert not (tmp_path / "metadata.csv").exists()  # a folder of the older layout stays as it is
    write_metadata(tmp_path)
    rows = Catalogue.open(tmp_path).to_table().to_pylist()
    rows[0] |= {"status": "dropped", "reason": "COPY_OF_TRAINING"}
    renew_metadata(catalogued(tmp_path, rows))
    assert [row["image_id"] for row in read(tmp_path)] == ["b", "v", "w"]


def test_without_a_catalogue_there_is_nothing_to_tell(tmp_path):
    with pytest.raises(UsageError, match="no catalogue"):
        write_metadata(tmp_path)
