"""16-bit images that use a sixteenth of their range are noticed, and both sides of a comparison are read alike."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_nifti, encode_png
from medcurate.dataset.gray_range import UsedRange, bits_of, range_sentences, read_alike, read_with, used_ranges


def folder(place, largest, *, kind=np.uint16, n=3):
    """Write images whose gray values go up to `largest`."""
    (place / "a").mkdir(parents=True)
    for number in range(n):
        pixels = np.linspace(0, largest if number else largest // 3, 64).reshape(8, 8).astype(kind)
        (place / "a" / f"{number}.png").write_bytes(encode_png(pixels))
    return Dataset.open(place)


@pytest.mark.parametrize(
    ("largest", "bits"), [(0, 16), (200, 8), (255, 8), (256, 9), (3000, 12), (4095, 12), (4096, 16), (65535, 16)]
)
def test_whole_bits_are_found(tmp_path, largest, bits):
    found = used_ranges(folder(tmp_path, largest))
    assert bits_of(found) == {"folder": bits}
    assert found["folder"].largest == largest


def test_images_of_8_bits_are_not_looked_at(tmp_path):
    dataset = folder(tmp_path, 200, kind=np.uint8)
    for path in (tmp_path / "a").iterdir():
        path.write_bytes(path.read_bytes()[:40])  # the header is left
    assert used_ranges(dataset) == {}


def test_they_are_brought_to_the_full_range_wherever_they_are_read(tmp_path):
    dataset = folder(tmp_path, 4095)
    wide = read_with(dataset, {"folder": 12})
    stored = np.stack([dataset.image(row) for row in range(3)])
    expected = np.rint(stored * (65535 / 4095)).astype(np.uint16)
    np.testing.assert_array_equal(np.stack([wide.image(row) for row in range(3)]), expected)
    np.testing.assert_array_equal(next(wide.select(tumor="a").batches(3)).images, expected)
    np.testing.assert_array_equal(next(read_with(dataset, {"other": 12}).batches(3)).images, stored)


def test_what_is_larger_than_white_is_white(tmp_path):
    assert read_with(folder(tmp_path, 5000), {"folder": 12}).image(2).max() == 65535


def test_volumes_of_16_bits_are_treated_alike(tmp_path, volume_dataset):
    dataset = volume_dataset(np.linspace(0, 3000, 4 * 5 * 6).reshape(4, 5, 6).astype(np.uint16))
    assert bits_of(used_ranges(dataset)) == {"x": 12}
    (wide,) = read_with(dataset, {"x": 12}).volumes()
    assert wide.stored("T1").max() == round(3000 * 65535 / 4095)
    assert used_ranges(volume_dataset(np.linspace(0, 3000, 120).reshape(4, 5, 6).astype(np.int16))) == {}


@pytest.fixture
def volume_dataset(tmp_path):
    """Give a function that makes a dataset of one volume."""
    from tests.datasets_manifest.made_dataset import make, row

    made = []

    def of(voxels):
        place = tmp_path / f"volumes-{len(made)}"
        made.append(place)
        line = row("x", 0, kind="volume", path="volumes/p/T1.nii.gz", contrast="T1")
        make(place, [line], "")
        (place / "volumes" / "p").mkdir(parents=True, exist_ok=True)
        (place / "volumes" / "p" / "T1.nii.gz").write_bytes(encode_nifti(voxels, np.eye(4)))
        return Dataset.open(place)

    return of


def test_the_sentence_says_how_many_and_what_is_white():
    ranges = {"x": UsedRange(240, 3871), "y": UsedRange(32, 60000)}
    (told,) = range_sentences(ranges)
    assert told == (
        "source x: 240 images of 16 bits use the gray values up to 3,871 of 65,535; "
        "they are read as images of 12 bits, so that 4,095 is white"
    )


def grays(sides):
    return [next(side.batches(3)).images[2].max() for side in sides]


def test_both_sides_of_a_comparison_have_one_white(tmp_path):
    real, synthetic = folder(tmp_path / "real", 4000), folder(tmp_path / "made", 2000)
    *sides, told = read_alike(real, synthetic, {})
    assert grays(sides) == [round(4000 * 65535 / 4095), round(2000 * 65535 / 4095)]
    assert [text.split(":")[0] for text in told] == ["REAL", "SYNTHETIC"]


def test_real_images_are_read_as_the_training_read_them(tmp_path):
    real, synthetic = folder(tmp_path / "real", 4000), folder(tmp_path / "made", 255, kind=np.uint8)
    *sides, told = read_alike(real, synthetic, {"folder": 11, "other": 9})
    assert grays(sides) == [65535, 255]
    assert "2,047 is white" in told[0]


def test_full_ranges_stay_as_stored(tmp_path):
    real, synthetic = folder(tmp_path / "real", 65535), folder(tmp_path / "made", 60000)
    *sides, told = read_alike(real, synthetic, {})
    assert (grays(sides), told) == ([65535, 60000], ())
