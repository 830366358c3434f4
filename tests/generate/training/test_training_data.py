"""What a training reads."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.errors import NothingUsable, UsageError
from medcurate.generate.training import training_data
from medcurate.generate.training.training_data import read_training_data


@pytest.fixture
def data(heads):
    return read_training_data(Dataset.open(heads).select(split="train"), size=32, condition=("tumor",))


def test_images_labels_and_ids_belong_together(data, heads):
    dataset = Dataset.open(heads).select(split="train")
    assert data.images.shape == (24, 32, 32, 1)
    assert data.classes == {"tumor": ("glioma", "none")}
    for row in (0, 13, 23):
        np.testing.assert_array_equal(data.images[row, ..., 0], dataset.image(row))
        own = dataset.rows["tumor"][row].as_py()
        assert data.labels[row].tolist() == [float(own == name) for name in data.classes["tumor"]]
    assert data.ids == dataset.ids


def test_the_digest_tells_other_data(heads, tmp_path):
    train = Dataset.open(heads).select(split="train")
    digest = read_training_data(train, size=32).digest
    assert read_training_data(train, size=32).digest == digest
    assert read_training_data(train, size=64).digest != digest
    assert read_training_data(train, size=32, condition=("tumor",)).digest != digest
    assert read_training_data(train.select(tumor="none"), size=32).digest != digest


def test_pixels_that_outgrow_memory_lie_on_the_disk(heads, tmp_path, monkeypatch, data):
    monkeypatch.setattr(training_data, "IN_MEMORY_BYTES", 100)
    kept = read_training_data(
        Dataset.open(heads).select(split="train"), size=32, condition=("tumor",), cache=tmp_path / "x" / "images.raw"
    )
    assert isinstance(kept.images, np.memmap)
    assert (tmp_path / "x" / "images.raw").stat().st_size == 24 * 32 * 32
    np.testing.assert_array_equal(kept.images, data.images)
    assert kept.digest == data.digest


def test_sixteen_bits_stay(tmp_path, rng):
    (tmp_path / "a").mkdir()
    for name in "01":
        (tmp_path / "a" / f"{name}.png").write_bytes(encode_png(rng.integers(0, 65536, (32, 32), dtype=np.uint16)))
    assert read_training_data(Dataset.open(tmp_path), size=32).images.dtype == np.uint16


def test_a_condition_needs_two_values(heads):
    with pytest.raises(UsageError, match="two tumors or more, received none"):
        read_training_data(Dataset.open(heads).select(split="train", tumor="none"), size=32, condition=("tumor",))


def test_no_image_is_nothing_usable(heads):
    empty = Dataset.open(heads)
    empty = type(empty)(empty.folder, empty.rows.slice(0, 0), empty.volume_rows, empty.masked, empty.classes_of)
    with pytest.raises(NothingUsable):
        read_training_data(empty, size=32)
