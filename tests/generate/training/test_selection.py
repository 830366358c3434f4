"""A training reads the part of a dataset that its settings name."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.generate.training.selection import read_training_examples, reading_of, select_training_images
from medcurate.generate.training.settings import TrainSettings
from tests.dataset.samples.sample_folders import Folder, with_volumes


@pytest.fixture
def slices(tmp_path, rng):
    made = Folder(tmp_path)
    for number in range(8):
        pixels, labels = rng.integers(0, 9, (32, 32), dtype=np.uint8), rng.integers(0, 3, (32, 32)).astype(np.uint8)
        about = {"split": ("train", "test")[number % 2], "tumor": ("glioma", "none")[number // 4], "contrast": "T1"}
        made.slice(f"i{number}", pixels, labels, **about)
    return made.open()


def test_the_split_and_the_classes_are_those_that_are_named(slices):
    settings = TrainSettings(size=32, condition=("tumor",))
    found = read_training_examples(slices, settings)
    assert found.samples.ids == ("i0", "i2", "i4", "i6")
    assert found.samples.classes == {"tumor": ("glioma", "none")}
    assert len(select_training_images(slices, TrainSettings(size=32, split=None, tumor=("none",)))) == 4


def test_a_dataset_without_any_split_is_read_as_a_whole(tmp_path):
    made = Folder(tmp_path)
    for number in range(3):
        made.slice(f"i{number}", np.zeros((32, 32), np.uint8), split=None)
    assert len(select_training_images(made.open(), TrainSettings(size=32))) == 3


def test_the_regions_of_a_source_mask_are_those_that_occur(slices):
    settings = TrainSettings(size=32, contrasts=("T1",), source=("mask",))
    found = read_training_examples(slices, settings)
    assert found.reading.choice.regions == {"1": (1,), "2": (2,)}
    assert found.samples.columns["source"].shape == (4, 32, 32, 2)


def test_shapes_need_not_be_square_and_may_have_three_sides(slices, tmp_path, rng):
    assert reading_of(slices, TrainSettings(shape=(32, 64))).spatial == (32, 64)
    assert reading_of(slices, TrainSettings(size=64)).spatial == (64, 64)
    volumes = with_volumes(tmp_path / "volumes", rng)
    settings = TrainSettings(read="patches", shape=(4, 4, 2), contrasts=("T1",), source=("T2",), per_volume=5, seed=3)
    found = read_training_examples(Dataset.open(volumes.folder), settings)
    assert found.samples.columns["target"].shape == (15, 4, 4, 2, 1)
    assert reading_of(volumes, TrainSettings(read="volumes", size=32)).spatial == (32, 32, 32)
