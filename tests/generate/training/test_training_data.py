"""What a training reads, and in which order."""

from __future__ import annotations

import collections

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.errors import NothingUsable, UsageError
from medcurate.generate.training import training_data
from medcurate.generate.training.training_data import Feed, read_training_data
from medcurate.learning.players import Game, Player
from medcurate.learning.random_inputs import Draw

GAME = Game(
    {
        "judge": Player(None, None, None, {"noise": Draw((2,))}, reads_images=True),
        "generator": Player(None, None, None),
    },
    ("judge", "judge", "generator"),
    latent=2,
)


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


def test_every_image_is_seen_once_an_epoch(data):
    feed = Feed(data, GAME, batch=6, seed=4)  # two turns read 12 images a step, so an epoch is two steps
    for epoch in range(3):
        seen = collections.Counter()
        for step in (2 * epoch, 2 * epoch + 1):
            for turn in feed.turns(step):
                seen.update(image.tobytes() for image in turn.get("images", ()))
        assert set(seen.values()) == {1}
        assert len(seen) == 24


def test_a_step_is_a_function_of_its_number(data):
    feed, other = (Feed(data, GAME, batch=5, seed=4) for _ in range(2))
    later = other.turns(7)
    for _ in feed.steps(0, 7):
        pass
    for one, two in zip(feed.turns(7), later, strict=True):
        assert one.keys() == two.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])
    assert not np.array_equal(feed.turns(7)[0]["images"], Feed(data, GAME, batch=5, seed=5).turns(7)[0]["images"])


def test_labels_go_with_their_images(data):
    by_pixels = {image.tobytes(): label.tolist() for image, label in zip(data.images, data.labels, strict=True)}
    for turn in Feed(data, GAME, batch=7, seed=1).turns(3)[:2]:
        assert [by_pixels[image.tobytes()] for image in turn["images"]] == turn["labels"].tolist()


def test_a_batch_may_be_larger_than_the_data(data):
    small = type(data)(data.images[:3], data.labels[:3], data.classes, data.ids[:3], "")
    counts = collections.Counter(i.tobytes() for i in Feed(small, GAME, batch=9, seed=0).turns(0)[0]["images"])
    assert sorted(counts.values()) == [3, 3, 3]
