from __future__ import annotations

import gzip
import io
import itertools

import h5py
import nibabel as nib
import numpy as np
import pytest

from medcurate.phantom import volume_files

AFFINE = np.array([[2.0, 0, 0, -30], [0, 3.0, 0, -20], [0, 0, 4.0, -10], [0, 0, 0, 1]])
CODES = ["".join(letter) for axes in itertools.permutations(("RL", "AP", "SI")) for letter in itertools.product(*axes)]


@pytest.mark.parametrize("codes", CODES)
def test_bad_input_42_every_storage_order_is_the_same_volume(codes, rng):
    data = rng.integers(0, 999, (5, 6, 7)).astype(np.int16)
    image = nib.Nifti1Image.from_bytes(gzip.decompress(volume_files.nifti(data, AFFINE, codes)))
    assert "".join(nib.aff2axcodes(image.affine)) == codes
    np.testing.assert_allclose(image.get_qform(), image.get_sform(), atol=1e-4)
    upright = nib.as_closest_canonical(image)
    np.testing.assert_array_equal(np.asanyarray(upright.dataobj), data)
    np.testing.assert_allclose(upright.affine, AFFINE, atol=1e-5)


def test_uncompressed_and_compressed_hold_the_same():
    data = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    plain, packed = (volume_files.nifti(data, AFFINE, "LAS", compressed=c) for c in (False, True))
    assert gzip.decompress(packed) == plain
    assert packed == volume_files.nifti(data, AFFINE, "LAS")


@pytest.fixture
def record():
    image = np.zeros((30, 40), np.uint16)
    image[2, 5] = 1000
    mask = np.zeros((30, 40), bool)
    mask[10:16, 20:30] = True
    return image, mask, volume_files.matlab(image, mask, "pituitary", "PHANTOM-0001")


def test_matlab_73_layout_of_figshare(record):
    _, _, content = record
    assert content.startswith(b"MATLAB 7.3 MAT-file")
    assert content[124:128] == b"\x00\x02IM"
    assert content[512:520] == b"\x89HDF\r\n\x1a\n"
    with h5py.File(io.BytesIO(content)) as file:
        group = file["cjdata"]
        assert set(group) == {"PID", "image", "label", "tumorBorder", "tumorMask"}
        assert group["label"][()].item() == 3.0
        assert "".join(map(chr, group["PID"][:, 0])) == "PHANTOM-0001"
        assert group["image"].attrs["MATLAB_class"] == b"int16"


def test_bad_input_48_matlab_arrays_come_transposed(record):
    image, mask, content = record
    with h5py.File(io.BytesIO(content)) as file:
        np.testing.assert_array_equal(file["cjdata/image"][()].T, image)
        np.testing.assert_array_equal(file["cjdata/tumorMask"][()].T, mask)


def test_border_runs_along_the_mask(record):
    _, mask, content = record
    with h5py.File(io.BytesIO(content)) as file:
        x, y = file["cjdata/tumorBorder"][0].reshape(-1, 2).T.astype(int) - 1
    assert mask[y, x].all()
    assert set(y) >= {10, 15}
    assert set(x) >= {20, 29}


def test_matlab_bytes_repeat(record):
    image, mask, content = record
    assert volume_files.matlab(image, mask, "pituitary", "PHANTOM-0001") == content
