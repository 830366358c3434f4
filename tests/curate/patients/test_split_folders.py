"""Splits that folder names state."""

from __future__ import annotations

import pytest

from medcurate.curate.patients.split_folders import split_of_path, split_of_row


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("Training/glioma_tumor/gg (1).jpg", "train"),
        ("Testing/no_tumor/image(1).jpg", "test"),
        ("data/valid-512/a.png", "val"),
        ("BraTS2020_ValidationData/a/b.nii.gz", "val"),
        ("MICCAI_BraTS_2018_Data_Training/HGG/a.nii.gz", "train"),
        ("TRAIN/a.png", "train"),
        ("x.zip!brain/test_images/a.png", "test"),
        ("train.zip!a.png", "train"),
        ("train/test_retest/a.png", "test"),
        ("a/Latest/contest/a.png", None),
        ("train_test/a.png", None),
        ("train/train_and_test/a.png", "train"),
        ("train.png", None),
        ("evaluation/trainer/a.png", None),
    ],
)
def test_of_path(path, split):
    assert split_of_path(path) == split


def test_the_catalogue_comes_first():
    assert split_of_row("train/a.png", "test") == "test"
    assert split_of_row("train/a.png", None) == "train"
