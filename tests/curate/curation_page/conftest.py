"""A scan with everything that the page tells of, and the dataset that was made of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from medcurate.curate.homogenization import homogenize
from medcurate.curate.homogenizing.settings import HomogenizeSettings
from tests.curate.scanned_folders import scanned, write_pictures, write_records, write_volumes

HOSTILE = "<script>alert(1)<img src=x onerror=alert(2)>\"'&.png"


class Made(NamedTuple):
    """A dataset and the scan that it was made of."""

    dataset: Path
    scan: Path
    inputs: Path


def make(inputs: Path, place: Path, **settings) -> Made:
    scanned(inputs, place / "scan")
    homogenize(place / "scan", place / "dataset", settings=HomogenizeSettings(**settings), workers=0, progress=False)
    return Made(place / "dataset", place / "scan", inputs)


@pytest.fixture(scope="session")
def mixed(tmp_path_factory) -> Made:
    """Make a dataset of pictures, copies, records with masks and volumes, with one file that is empty."""
    place = tmp_path_factory.mktemp("mixed")
    inputs = place / "jdoe" / "in"
    write_pictures(inputs / "pictures", 14)
    (inputs / "pictures" / "glioma" / HOSTILE).write_bytes((inputs / "pictures/glioma/p00.png").read_bytes())
    shutil.copy(inputs / "pictures/glioma/p02.png", inputs / "pictures/pituitary/p02.png")
    (inputs / "pictures" / "empty.png").touch()
    write_records(inputs / "records")
    write_volumes(inputs / "volumes")
    return make(inputs, place, size=48, slices="every:8", folds=2)


@pytest.fixture(scope="session")
def heads(tmp_path_factory) -> Made:
    """Make a dataset of volumes that stay volumes; nothing is left out but masks of the brain."""
    place = tmp_path_factory.mktemp("heads")
    write_volumes(place / "in")
    return make(place / "in", place, output="volumes")


@pytest.fixture(scope="session")
def plain(tmp_path_factory) -> Made:
    """Make a dataset that has everything that went in."""
    place = tmp_path_factory.mktemp("plain")
    write_pictures(place / "in", 6)
    return make(place / "in", place, size=0, normalize="none")


@pytest.fixture
def a_copy(tmp_path):
    """Give a function that copies a dataset and its scan, for tests that change them."""

    def copied(made: Made) -> Made:
        shutil.copytree(made.dataset, tmp_path / "dataset")
        shutil.copytree(made.scan, tmp_path / "scan")
        return Made(tmp_path / "dataset", tmp_path / "scan", made.inputs)

    return copied
