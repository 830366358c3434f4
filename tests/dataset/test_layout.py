"""Paths of a dataset folder: this layout and the older one, on every system."""

from __future__ import annotations

import ntpath
from pathlib import PureWindowsPath

import pytest

from medcurate.dataset.layout import (
    folder_name,
    image_path,
    is_dataset,
    is_image_path,
    mask_path,
    unsplit_path,
    volume_path,
    without_split,
)


def test_an_image_lies_in_the_folders_of_its_plane_its_split_and_its_class():
    assert image_path("axial", "train", "glioma", "a1") == "axial/train/glioma/a1.png"
    assert image_path("axial", "train", "glioma", "a1", copy=2) == "axial/train/glioma/a1-2.png"
    assert image_path(None, None, None, "a1") == "unknown/all/unlabeled/a1.png"


def test_a_path_is_known_before_the_split_is():
    path = image_path("coronal", "test", "no tumor", "a1")
    assert without_split(path) == unsplit_path("coronal", "no tumor", "a1") == "coronal/no-tumor/a1.png"


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("axial/train/glioma/a1.png", "masks/axial/glioma/a1.png"),
        ("axial/test/glioma/a1-2.png", "masks/axial/glioma/a1-2.png"),
        ("images/axial/glioma/a1.png", "masks/axial/glioma/a1.png"),  # the older layout
        ("images/a1.png", "masks/a1.png"),
    ],
)
def test_the_path_of_a_mask_names_no_split(image, mask):
    assert mask_path(image) == mask


def test_a_plain_folder_keeps_its_paths():
    assert without_split("train/a/glioma/1.png") == "train/a/glioma/1.png"
    assert without_split("glioma/1.png") == "glioma/1.png"


@pytest.mark.parametrize(
    "name", ["con", "AUX", "nul.png", "COM1", "lpt9.x", "a.", "x" * 63 + "..y", "a:b", 'a"<>|?*', "..", "é"]
)
def test_names_are_safe_on_windows(name):
    safe = folder_name(name, "otherwise")
    assert safe
    # From Python 3.13 on, the answer moved to another module.
    assert not (ntpath.isreserved(safe) if hasattr(ntpath, "isreserved") else PureWindowsPath(safe).is_reserved())
    assert safe == safe.rstrip(". ")
    assert not set(safe) & set('<>:"/\\|?*')


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("axial/train/glioma/a1.png", True),
        ("images/axial/glioma/a1.png", True),
        ("masks/axial/glioma/a1.png", False),
        ("volumes/p1/T1.nii.gz", False),
        ("axial/../../a1.png", False),
        ("images/../../secret.png", False),
        ("/etc/train/x/a1.png", False),
    ],
)
def test_where_an_image_may_lie(path, may):
    assert is_image_path(path) is may


def test_a_scan_is_no_dataset(tmp_path):
    (tmp_path / "sorted" / "axial").mkdir(parents=True)
    assert not is_dataset(tmp_path)
    (tmp_path / "axial").mkdir()
    assert is_dataset(tmp_path)


def test_volumes_lie_apart():
    assert volume_path("p 1", "T1/x") == "volumes/p-1/T1-x.nii.gz"
