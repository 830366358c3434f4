"""Small views show the right image, whole and upright."""

from __future__ import annotations

from pathlib import Path

import cv2
import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from medcurate.curate.review.thumbnails import View, displayable, thumbnails
from medcurate.curate.sources.inputs import Item, walk
from medcurate.pictures import fit
from medcurate.readers.options import ReadOptions


def item(folder: Path) -> Item:
    (found,) = (entry for entry in walk([folder]) if isinstance(entry, Item))
    return found


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.float32])
def test_values_are_stretched_for_a_screen(dtype: type) -> None:
    shown = displayable(np.linspace(-1000, 30_000, 64 * 64).reshape(64, 64).clip(0).astype(dtype), as_is=True)
    assert (shown.min(), shown.max()) == (0, 255)


def test_rare_bright_and_constant_values() -> None:
    dot = np.zeros((300, 300), np.int16)
    dot[0, 0] = 1000
    assert displayable(dot, as_is=False).max() == 255
    assert displayable(np.full((3, 3), 7, np.float32), as_is=False).max() == 0
    dark = np.arange(100, dtype=np.uint8).reshape(10, 10)
    assert displayable(dark, as_is=True) is not dark
    assert np.array_equal(displayable(dark, as_is=True), dark)
    assert displayable(dark, as_is=False).max() == 255


@pytest.mark.parametrize("size", [(40, 60), (300, 500), (1100, 700), (1025, 129)])
def test_jpegs_decoded_small_look_as_they_do_whole(tmp_path: Path, size: tuple[int, int]) -> None:
    rows, columns = np.mgrid[: size[0], : size[1]]
    pixels = (rows * 200 / size[0] + columns * 50 / size[1]).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "a.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])
    view = View(item(tmp_path), None, None)
    small = thumbnails([view], 64, ReadOptions())[view]
    whole = fit(pixels, 64)
    assert small.shape == pytest.approx(whole.shape, abs=1)
    assert np.abs(cv2.resize(small, whole.shape[::-1]).astype(int) - whole).mean() < 4


def test_bad_input_56_exif_orientation_is_obeyed(tmp_path: Path) -> None:
    pixels = np.zeros((400, 600), np.uint8)
    pixels[:100] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif)
    view = View(item(tmp_path), None, None)
    small = thumbnails([view], 60, ReadOptions())[view]
    assert small.shape == (60, 40)
    assert small[:, -5:].mean() > 200 > small[:, :5].mean()


def test_frames_and_the_middle_of_a_volume(tmp_path: Path) -> None:
    for name in ("pages", "volume"):
        (tmp_path / name).mkdir()
    gradients = [np.tile(np.arange(i, i + 32, dtype=np.uint8), (32, 1)) for i in (0, 50, 100)]
    cv2.imwritemulti(str(tmp_path / "pages/a.tif"), gradients)
    pages = item(tmp_path / "pages")
    views = [View(pages, 2, None), View(pages, 0, None)]
    small = thumbnails(views, 32, ReadOptions())
    assert [int(small[view][0, 0]) for view in views] == [100, 0]
    voxels = np.zeros((32, 32, 5), np.float32)
    voxels[8:16, :, 2] = np.linspace(1, 9, 32)
    nib.Nifti1Image(voxels, np.diag([1.0, 1.0, 5.0, 1.0])).to_filename(tmp_path / "volume/a.nii.gz")
    view = View(item(tmp_path / "volume"), None, 5)
    assert thumbnails([view], 32, ReadOptions())[view].max() == 255


def test_a_file_that_changed_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", np.zeros((9, 9), np.uint8))[1].tobytes())
    view = View(item(tmp_path), None, None)
    (tmp_path / "a.png").unlink()
    assert thumbnails([view], 32, ReadOptions()) == {}
