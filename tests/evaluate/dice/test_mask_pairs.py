"""Masks of one name are compared, in the geometry of the real ones."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_nifti, encode_png, read_image
from medcurate.evaluate.dice.mask_files import masked_images, masked_volumes
from medcurate.evaluate.dice.mask_pairs import compare_images, compare_volumes, image_pairs, volume_pairs
from medcurate.evaluate.dice.overlap import overlap
from medcurate.evaluate.dice.regions import NUMBERINGS
from tests.evaluate.dice import masked_folders

BRATS = NUMBERINGS["brats2013"]


def masked(folder):
    return masked_images(Dataset.open(folder))


def test_images_pair_by_path_and_else_by_a_file_name_that_is_one_of_a_kind(tmp_path):
    real = masked_folders.plain(tmp_path / "real", 4, seed=1)
    made = masked_folders.plain(tmp_path / "made", 4, seed=2, start=2)
    for place in ("", "masks/"):
        (made / place / "other").mkdir(parents=True)
        shutil.move(made / place / "glioma/3.png", made / place / "other/3.png")
        shutil.copy(made / place / "glioma/4.png", made / place / "other/4.png")

    own, theirs = masked(real), masked(made)
    pairs = image_pairs(own, theirs)

    assert [(own.names()[one], theirs.names()[other]) for one, other in pairs] == [
        ("glioma/2", "glioma/2"),
        ("glioma/3", "other/3"),
    ]


def test_datasets_pair_by_image_id(tmp_path):
    real = masked_folders.catalogued(tmp_path / "real", {"test": 2}, seed=1)

    pairs = image_pairs(masked(real), masked(real))

    assert pairs == [(row, row) for row in range(8)]


def test_pairs_are_measured_by_patient_in_mm(tmp_path):
    real = masked_folders.catalogued(tmp_path / "real", {"test": 2}, seed=1)
    own = masked(real)

    compared = compare_images(own, own, image_pairs(own, own), BRATS)

    assert compared.unit == "mm"
    assert compared.tally.by_group("dice", "whole_tumor") == {"test0": 1.0, "test1": 1.0}
    assert compared.tally.by_group("hausdorff95", "tumor_core") == {"test0": 0.0, "test1": 0.0}


def test_a_mask_of_another_size_is_scaled_to_the_real_one(tmp_path):
    real = masked_folders.plain(tmp_path / "real", 2, seed=1)
    made = shutil.copytree(real, tmp_path / "made")
    for path in sorted(made.rglob("*.png")):
        large = cv2.resize(read_image(path), (64, 64), interpolation=cv2.INTER_NEAREST)
        path.write_bytes(encode_png(large))

    own, theirs = masked(real), masked(made)
    compared = compare_images(own, theirs, image_pairs(own, theirs), BRATS)

    assert compared.scaled == 2
    assert set(compared.tally.by_group("dice", "enhancing").values()) == {1.0}
    assert compared.unit == "px"


def test_volumes_pair_by_the_name_of_their_folder(tmp_path):
    real = masked_folders.catalogued(tmp_path / "real", {"test": 3}, seed=1, volumes=True)
    made = shutil.copytree(real, tmp_path / "made")
    shifted = made / "volumes/test0/mask.nii.gz"
    own, theirs = (masked_volumes(Dataset.open(folder)) for folder in (real, made))
    labels = own[0].load_mask()
    moved = np.roll(labels, 2, 2)
    shifted.write_bytes(encode_nifti(moved, own[0].affine))
    other = made / "volumes/test2/mask.nii.gz"
    other.write_bytes(encode_nifti(labels[:5], own[0].affine))

    pairs = volume_pairs(own, theirs[::-1])
    compared, left_out = compare_volumes(pairs, BRATS)

    assert [one.name for one, _ in pairs] == ["test2", "test1", "test0"]
    assert left_out == 1
    dice = compared.tally.by_group("dice", "whole_tumor")
    assert dice == {"test1": 1.0, "test0": pytest.approx(overlap(labels > 0, moved > 0).dice)}
    assert compared.tally.by_group("hausdorff95", "whole_tumor")["test0"] <= 4.0  # two slices of 2 mm
    assert compared.unit == "mm"
