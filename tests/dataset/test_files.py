"""Written files hold pixels and geometry, exactly, and nothing else."""

from __future__ import annotations

import gzip

import cv2
import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medcurate.dataset.files import encode_nifti, encode_png, read_image

shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))
pixels = hnp.arrays(st.sampled_from([np.uint8, np.uint16]), shapes, elements=st.integers(0, 255))


@settings(deadline=None, max_examples=40)
@given(pixels)
def test_png_gives_back_what_went_in(tmp_path_factory, image):
    path = tmp_path_factory.mktemp("png") / "bad\udcff name.png"
    path.write_bytes(encode_png(image))
    read = read_image(path)
    assert read.dtype == image.dtype
    np.testing.assert_array_equal(read, image)


def test_png_has_no_chunk_but_pixels(rng):
    content = encode_png(rng.integers(0, 65535, (40, 30), dtype=np.uint16))
    chunks, at = [], 8
    while at < len(content):
        chunks.append(content[at + 4 : at + 8])
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    assert set(chunks) == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize("wrong", [np.zeros((2, 2), np.float32), np.zeros((2, 2, 3), np.uint8)])
def test_png_takes_only_what_it_can_hold(wrong):
    with pytest.raises(ValueError, match="expected 2-D uint8 or uint16"):
        encode_png(wrong)


def test_nifti_keeps_voxels_and_place_and_has_no_text(tmp_path, rng):
    voxels = rng.normal(size=(4, 5, 6)).astype(np.float32)
    affine = np.array([[0, -2, 0, 9], [1.5, 0, 0, -7], [0, 0, 3, 1], [0, 0, 0, 1.0]])
    content = encode_nifti(voxels, affine)
    assert content == encode_nifti(voxels.copy(), affine.copy())
    assert content[4:8] == bytes(4)  # no time
    (tmp_path / "v.nii.gz").write_bytes(content)
    image = nib.load(tmp_path / "v.nii.gz")
    np.testing.assert_array_equal(np.asarray(image.dataobj), voxels)
    np.testing.assert_allclose(image.affine, affine)
    for name in ("descrip", "aux_file", "db_name", "intent_name", "data_type"):
        assert bytes(image.header[name].item()) == b""
    assert len(gzip.decompress(content)) == 352 + voxels.nbytes


def test_colored_pictures_are_read_as_gray(tmp_path):
    color = np.zeros((4, 6, 3), np.uint8)
    color[..., 1] = 200
    (tmp_path / "c.png").write_bytes(cv2.imencode(".png", color)[1].tobytes())
    assert read_image(tmp_path / "c.png").shape == (4, 6)
