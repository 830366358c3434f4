"""Masks are found in datasets and in plain folders, with their patients and spacing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.evaluate.dice.mask_files import labels_within, masked_images, masked_volumes, volume_spacing
from tests.dataset.older_layout import as_older_layout
from tests.evaluate.dice import masked_folders


def test_a_dataset_knows_the_masks_patients_and_spacing_of_its_images(tmp_path):
    dataset = Dataset.open(masked_folders.catalogued(tmp_path, {"train": 2, "test": 1}, seed=1))

    masked = masked_images(dataset.select(split="test"))

    assert len(masked) == len(masked.images) == 4
    assert masked.groups == ("test0",) * 4
    assert masked.patients_known
    assert masked.spacing_mm == pytest.approx(np.tile(masked_folders.SPACING, (4, 1)))
    whole = dataset.select(split="test")
    assert all(np.array_equal(masked.mask(row), whole.mask(row)) for row in range(4))


def test_the_masks_of_a_plain_folder_lie_beside_it(tmp_path):
    masked_folders.plain(tmp_path, 3, seed=1)
    (tmp_path / "masks/glioma/1.png").unlink()
    (tmp_path / "glioma/2.png").rename(tmp_path / "glioma/2.bmp")

    masked = masked_images(Dataset.open(tmp_path))

    assert masked.names() == ("glioma/0", "glioma/2")
    assert [path.relative_to(tmp_path).as_posix() for path in masked.paths] == [
        "masks/glioma/0.png",
        "masks/glioma/2.png",
    ]
    assert masked.groups == masked.images.ids
    assert not masked.patients_known
    assert masked.spacing_mm is None


def test_a_folder_of_the_older_layout_has_the_same_masks(tmp_path):
    folder = masked_folders.catalogued(tmp_path / "now", {"train": 2, "test": 1}, seed=1)
    older = as_older_layout(shutil.copytree(folder, tmp_path / "older"))

    one, other = (masked_images(Dataset.open(place)) for place in (folder, older))

    assert len(one) == len(other) > 0
    assert one.names() == other.names()  # pairs are found by them, whatever the split
    assert all(np.array_equal(one.mask(row), other.mask(row)) for row in range(len(one)))


def test_without_masks_there_is_nothing(tmp_path, rng):
    (tmp_path / "glioma").mkdir()
    (tmp_path / "glioma/1.png").write_bytes(encode_png(rng.integers(0, 255, (16, 16), np.uint8)))

    masked = masked_images(Dataset.open(tmp_path))

    assert len(masked) == 0
    assert labels_within(masked, []) == frozenset()


def test_volumes_have_masks_spacing_and_labels(tmp_path):
    dataset = Dataset.open(masked_folders.catalogued(tmp_path, {"train": 2}, seed=1, volumes=True))

    volumes = masked_volumes(dataset)

    assert [found.name for found in volumes] == ["train0", "train1"]
    assert volume_spacing(volumes[0]).tolist() == [1.5, 1.0, 2.0]
    assert labels_within(masked_images(dataset), volumes) == {0, 1, 2, 4}
