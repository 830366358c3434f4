"""Examples are their images and masks, at one size and in files."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_nifti, encode_png
from medcurate.dataset.samples.choice import region_channels
from medcurate.errors import UsageError
from medcurate.evaluate.dice.examples import image_examples, packed, volume_examples
from medcurate.evaluate.dice.mask_files import masked_images, masked_volumes
from medcurate.evaluate.dice.regions import NUMBERINGS, as_bits
from tests.evaluate.dice import masked_folders

BRATS = NUMBERINGS["brats2013"]


def test_slices_are_those_of_the_dataset(tmp_path):
    masked = masked_images(Dataset.open(masked_folders.catalogued(tmp_path / "d", {"train": 2}, seed=1)))

    examples = image_examples(masked, masked_folders.SIZE, BRATS, tmp_path / "work")

    assert len(examples) == 8
    assert examples.dimensions == 2
    assert isinstance(examples.images, np.memmap)
    assert isinstance(examples.mask, np.memmap)
    for row in range(8):
        assert np.array_equal(examples.images[row, ..., 0], masked.images.image(row))
        assert np.array_equal(examples.bits(row), as_bits(masked.mask(row), BRATS))
    assert examples.groups == ("train0",) * 4 + ("train1",) * 4
    assert examples.spacing_mm[0].tolist() == list(masked_folders.SPACING)


def test_smaller_examples_have_a_larger_spacing(tmp_path):
    masked = masked_images(Dataset.open(masked_folders.catalogued(tmp_path / "d", {"train": 1}, seed=1)))

    examples = image_examples(masked, 16, BRATS, tmp_path / "work")

    assert examples.images.shape == (4, 16, 16, 1)
    assert examples.spacing_mm[0].tolist() == [4.0, 6.0]
    share = np.count_nonzero(examples.bits(0)) / 16**2
    assert share == pytest.approx(np.count_nonzero(masked.mask(0)) / 32**2, rel=0.2)


def test_images_of_16_bits_keep_their_grays(tmp_path):
    folder = masked_folders.plain(tmp_path / "d", 1, seed=1)
    path = folder / "glioma/0.png"
    dataset = Dataset.open(folder)
    gray = dataset.image(0)
    path.write_bytes(encode_png(gray.astype(np.uint16) * 257))

    examples = image_examples(masked_images(dataset), 32, BRATS, tmp_path / "work")

    assert np.array_equal(examples.images[0, ..., 0], gray)
    assert examples.spacing_mm is None


def test_a_mask_of_another_shape_than_its_image_is_named(tmp_path):
    folder = masked_folders.plain(tmp_path / "d", 2, seed=1)
    (folder / "masks/glioma/1.png").write_bytes(encode_png(np.zeros((16, 32), np.uint8)))

    with pytest.raises(UsageError, match=r"1\.png: expected the shape of its image \(32, 32\), received \(16, 32\)"):
        image_examples(masked_images(Dataset.open(folder)), 32, BRATS, tmp_path / "work")


def test_volumes_fill_a_cube_in_millimeters(tmp_path):
    folder = masked_folders.catalogued(tmp_path / "d", {"train": 2}, seed=1, volumes=True)
    volumes = masked_volumes(Dataset.open(folder))

    examples = volume_examples(volumes, ["FLAIR"], 16, BRATS, tmp_path / "work")

    assert examples.images.shape == (2, 16, 16, 16, 1)
    assert examples.spacing_mm.tolist() == [[1.5] * 3] * 2  # the longest side is 16 x 1.5 mm
    for row, volume in enumerate(volumes):
        size_mm = np.count_nonzero(examples.bits(row)) * 1.5**3
        assert size_mm == pytest.approx(np.count_nonzero(volume.load_mask()) * 1.5 * 1.0 * 2.0, rel=0.15)
        inside = examples.bits(row) > 0
        gray = examples.images[row, ..., 0]
        assert gray[inside].mean() > gray[~inside].mean() + 50


def test_regions_are_packed_as_bits(rng):
    labels = rng.integers(0, 5, (6, 7)).astype(np.uint8)
    inside = region_channels(labels, BRATS) > 0
    np.testing.assert_array_equal(packed(inside), as_bits(labels, BRATS))


def test_a_volume_of_another_shape_than_its_mask_is_named(tmp_path):
    folder = masked_folders.catalogued(tmp_path / "d", {"train": 1}, seed=1, volumes=True)
    (folder / "volumes/train0/mask.nii.gz").write_bytes(encode_nifti(np.zeros((4, 4, 4), np.uint8), np.eye(4)))
    volumes = masked_volumes(Dataset.open(folder))

    with pytest.raises(UsageError, match=r"train0: expected mask on the grid of FLAIR .*, received \(4, 4, 4\)"):
        volume_examples(volumes, ["FLAIR"], 16, BRATS, tmp_path / "work")
