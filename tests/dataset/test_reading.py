"""A dataset is read as it was written: images, labels, masks and volumes, in any order, in batches."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_nifti, encode_png
from medcurate.dataset.layout import image_path, mask_path, volume_path
from medcurate.errors import UsageError
from medcurate.run_folder import write_catalogue
from tests.dataset.older_layout import as_older_layout

AFFINE = np.diag([2.0, 2.0, 3.0, 1.0])


@pytest.fixture
def dataset(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Write a dataset folder of 12 images, two of them with masks, a set of two volumes, and dropped rows."""
    rows: list[dict] = []

    def put(path: str, content: bytes, **row: object) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
        rows.append({"path": path, "status": "kept", "source": "s", **row})

    for number in range(12):
        tumor = ("glioma", "none", None)[number % 3]
        split = "test" if number >= 9 else "train"
        about = {"plane": "axial", "tumor": tumor, "split": split, "fold": number % 2}
        pixels = rng.integers(0, 255, (16, 16), dtype=np.uint8)
        pixels[0, 0] = number
        path = image_path("axial", split, tumor, f"{number:016x}")
        put(path, encode_png(pixels), kind="image", image_id=f"{number:016x}", **about)
        if number in (3, 4):
            mask = np.full((16, 16), number, np.uint8)
            put(
                mask_path(path), encode_png(mask), kind="mask", image_id=f"m{number}", mask_of=f"{number:016x}", **about
            )
        rows.append({"path": f"old/{number}.jpg", "status": "dropped", "reason": "DUPLICATE", "kind": "image"})
    for name, kind in (("T1", "volume"), ("FLAIR", "volume"), ("mask", "mask")):
        voxels = rng.integers(0, 4, (5, 6, 7)).astype(np.int16)
        put(
            volume_path("p1", name),
            encode_nifti(voxels, AFFINE),
            kind=kind,
            image_id=name,
            split="train",
            tumor="glioma",
        )
    write_catalogue(tmp_path / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return tmp_path


def firsts(batches) -> list[int]:
    return [int(image[0, 0]) for batch in batches for image in batch.images]


def test_images_come_in_order_with_labels_and_ids(dataset):
    opened = Dataset.open(dataset)
    assert len(opened) == 12
    assert opened.classes() == ("glioma", "none")
    batches = list(opened.batches(5))
    assert [len(batch.ids) for batch in batches] == [5, 5, 2]
    assert firsts(batches) == list(range(12))
    assert np.concatenate([batch.labels for batch in batches]).tolist() == [0, 1, -1] * 4
    assert batches[0].images.dtype == np.uint8
    assert batches[1].ids[0] == opened.ids[5] == f"{5:016x}"
    assert batches[0].masks is None


def test_an_order_is_that_of_its_seed_and_epoch_and_can_be_entered_in_the_middle(dataset):
    opened = Dataset.open(dataset)
    once = firsts(opened.batches(4, seed=3, epoch=2))
    assert sorted(once) == list(range(12))
    assert once == firsts(opened.batches(4, seed=3, epoch=2, threads=1))
    assert once != firsts(opened.batches(4, seed=3, epoch=1))
    assert once != firsts(opened.batches(4, seed=4, epoch=2))
    assert firsts(opened.batches(4, seed=3, epoch=2, start=1)) == once[4:]
    assert [len(batch.rows) for batch in opened.batches(5, drop_last=True)] == [5, 5]
    for batch in opened.batches(5, seed=1):
        assert [opened.ids[row] for row in batch.rows] == list(batch.ids)


def test_choosing_keeps_the_numbers_of_the_classes(dataset):
    test = Dataset.open(dataset).select(split="test")
    assert firsts(test.batches(10)) == [9, 10, 11]
    none = test.select(tumor="none")
    assert none.labels().tolist() == [1]
    assert len(test.select(tumor=["none", "unlabeled"])) == 2
    assert len(Dataset.open(dataset).select(fold=1)) == 6
    assert firsts(Dataset.open(dataset).select(without_fold=1).batches(3)) == [0, 2, 4, 6, 8, 10]
    assert len(Dataset.open(dataset).select(plane="axial", source=["s"])) == 12


def test_a_misspelled_choice_names_what_there_is(dataset):
    with pytest.raises(UsageError, match="no image with split validation; the dataset has test, train"):
        Dataset.open(dataset).select(split="validation")


def test_masks_belong_to_their_images(dataset):
    opened = Dataset.open(dataset)
    assert np.flatnonzero(opened.has_mask()).tolist() == [3, 4]
    assert opened.mask(0) is None
    assert opened.mask(3).max() == 3
    batch = next(opened.batches(12, masks=True))
    assert batch.masks.max(axis=(1, 2)).tolist() == [0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0]
    assert np.unique(next(opened.batches(12, masks=True, size=23)).masks).tolist() == [0, 3, 4]


def test_volumes_of_a_patient_come_together(dataset):
    (only,) = Dataset.open(dataset).volumes()
    assert (only.name, sorted(only.contrasts), only.tumor, only.split) == ("p1", ["FLAIR", "T1"], "glioma", "train")
    assert only.load("T1").shape == only.load_mask().shape == (5, 6, 7)
    np.testing.assert_allclose(only.affine, AFFINE)
    assert list(Dataset.open(dataset).select(split="test").volumes()) == []


def test_the_digest_knows_content_and_labels(dataset):
    before = Dataset.open(dataset)
    assert before.digest() == Dataset.open(dataset).digest()
    assert before.digest() != before.select(split="train").digest()


def test_a_folder_of_the_older_layout_has_the_same_images(dataset, tmp_path_factory):
    now = Dataset.open(dataset)
    older = Dataset.open(as_older_layout(shutil.copytree(dataset, tmp_path_factory.mktemp("older") / "d")))
    assert older.rows.column("path")[0].as_py() == f"images/axial/glioma/{0:016x}.png"
    assert (older.ids, older.classes()) == (now.ids, now.classes())
    assert older.has_mask().tolist() == now.has_mask().tolist()
    (one,), (other,) = (list(some.batches(len(now), masks=True)) for some in (now, older))
    assert np.array_equal(one.images, other.images)
    assert np.array_equal(one.masks, other.masks)
    assert one.labels.tolist() == other.labels.tolist()


def test_a_plain_folder_of_classes_is_a_dataset(tmp_path, rng):
    for number, name in enumerate(
        ("train/glioma/a.png", "train/no_tumor/b.jpg", "Testing/glioma/c.PNG", "val/x/d.png")
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 255, (20, 30 + number, 3 if number == 1 else 1), dtype=np.uint8)
        path.write_bytes(cv2.imencode(path.suffix.lower(), pixels)[1].tobytes())
    (tmp_path / "train" / "notes.txt").write_text("not an image")
    (tmp_path / ".hidden").mkdir()
    opened = Dataset.open(tmp_path)
    assert opened.ids == ("Testing/glioma/c.PNG", "train/glioma/a.png", "train/no_tumor/b.jpg", "val/x/d.png")
    assert opened.rows.column("split").to_pylist() == ["test", "train", "train", "val"]
    assert opened.classes() == ("glioma", "no_tumor", "x")
    with pytest.raises(UsageError, match="differ in size"):
        list(opened.batches(4))
    (batch,) = opened.batches(4, size=24)
    assert batch.images.shape == (4, 24, 24)
    assert batch.labels.tolist() == [0, 0, 1, 2]
    assert len(opened.select(split="train", tumor="glioma")) == 1


def test_planes_are_known_by_their_folders_too(tmp_path, rng):
    path = tmp_path / "images" / "coronal" / "unlabeled" / "a.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(encode_png(rng.integers(0, 255, (8, 8), dtype=np.uint8)))
    opened = Dataset.open(tmp_path)
    assert opened.classes("plane") == ("coronal",)
    assert opened.labels().tolist() == [-1]
    assert len(opened.select(tumor="unlabeled")) == 1


def test_what_is_no_dataset_says_what_is_expected(tmp_path, dataset):
    with pytest.raises(UsageError, match="expected a folder"):
        Dataset.open(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="sub-folders with images"):
        Dataset.open(tmp_path / "empty")
    scan = tmp_path / "scan"
    scan.mkdir()
    (scan / "catalogue.parquet").write_bytes((dataset / "catalogue.parquet").read_bytes())
    with pytest.raises(UsageError, match="medcurate homogenize"):
        Dataset.open(scan)


def test_a_dataset_in_the_making_is_none(tmp_path, rng):
    image = tmp_path / image_path("axial", "train", "glioma", "a" * 16)
    image.parent.mkdir(parents=True)
    image.write_bytes(encode_png(rng.integers(0, 255, (8, 8), dtype=np.uint8)))
    assert len(Dataset.open(tmp_path)) == 1
    (tmp_path / ".medcurate").mkdir()
    (tmp_path / ".medcurate" / "homogenize.json").write_text("{}")
    with pytest.raises(UsageError, match="is an unfinished dataset"):
        Dataset.open(tmp_path)


@pytest.mark.parametrize(("n", "options"), [(0, {}), (1, {"start": -1}), (1, {"size": 0}), (1, {"label": "age"})])
def test_impossible_numbers_are_refused(dataset, n, options):
    with pytest.raises(UsageError, match="expected"):
        list(Dataset.open(dataset).batches(n, **options))


def test_an_image_that_is_gone_is_named(dataset):
    opened = Dataset.open(dataset)
    gone = dataset / opened.rows.column("path")[0].as_py()
    gone.write_bytes(b"no picture")
    with pytest.raises(UsageError, match=gone.name):
        next(opened.batches(2))
    gone.unlink()
    with pytest.raises(UsageError, match=gone.name):
        opened.image(0)


def test_it_shows_itself_in_a_notebook(dataset):
    shown = Dataset.open(dataset)._repr_html_()
    assert "split: test 3, train 9" in shown
    assert shown.count("<img") == 8
    assert "12 images" in repr(Dataset.open(dataset))
