"""Copies among training images, and between them and other splits."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.generate.training.copies import copies_between_splits, copy_groups
from tests.datasets_manifest.made_dataset import make, row


def smooth(rng, n, side=32):
    """Return images of soft patches."""
    return np.stack([cv2.resize(rng.integers(20, 230, (6, 6), np.uint8), (side, side)) for _ in range(n)])[..., None]


def test_exact_copies_are_counted(rng):
    images = smooth(rng, 5)
    exact, near = copy_groups(np.concatenate([images, images[:1], images[:1]]))
    assert (sorted(exact.values()), near) == ([1, 1, 1, 1, 3], 0)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_near_copies_are_found_in_every_type(rng, kind):
    images = smooth(rng, 6).astype(np.float64)
    copies = np.clip(images[:2] * 1.004 + rng.normal(0, 2, images[:2].shape), 0, 255)
    both = np.concatenate([images, copies])
    stored = both / 127.5 - 1 if kind is np.float32 else np.rint(both * (257 if kind is np.uint16 else 1))
    assert copy_groups(stored.astype(kind))[1] == 4


def test_several_channels_and_volumes(rng):
    images = np.concatenate([smooth(rng, 4)] * 6, axis=-1)
    images[..., 3] = smooth(rng, 4)[..., 0]
    assert copy_groups(images) == copy_groups(images[::-1])
    volumes = rng.integers(0, 9, (3, 8, 8, 8, 1), np.uint8)
    volumes[1] = volumes[0]
    exact, near = copy_groups(volumes)
    assert (len(exact), near) == (2, 0)


def test_files_in_another_split_are_found_by_content(tmp_path, rng):
    for split in ("train", "test", "val"):
        (tmp_path / split / "none").mkdir(parents=True)
        for number in range(3):
            (tmp_path / split / "none" / f"{number}.png").write_bytes(encode_png(smooth(rng, 1)[0, ..., 0]))
    shutil.copy(tmp_path / "train" / "none" / "1.png", tmp_path / "test" / "none" / "again.png")
    dataset = Dataset.open(tmp_path)
    trained = dataset.select(split="train").rows
    assert copies_between_splits(dataset, trained) == {"test": ["test/none/again.png"]}
    shutil.rmtree(tmp_path / "test")  # what cannot be read is no copy
    assert copies_between_splits(dataset, trained) == {}


def test_images_of_a_dataset_are_compared_by_their_id(tmp_path):
    rows = [row("x", k, split="train") for k in range(3)] + [row("x", 9, split="test")]
    rows.append({**row("x", 1, split="val"), "path": "axial/val/glioma/other.png"})
    dataset = Dataset.open(make(tmp_path, rows, ""))
    found = copies_between_splits(dataset, dataset.select(split="train").rows)
    assert found == {"val": ["axial/val/glioma/other.png"]}
