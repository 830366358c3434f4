from __future__ import annotations

import dataclasses
import io

import nibabel as nib
import numpy as np
import pytest

from medcurate.curate.steps import Orient, from_frame, from_slices
from medcurate.errors import Code, InputError
from medcurate.phantom.volume_files import nifti
from medcurate.readers import Blob, read
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.options import DEFAULT_OPTIONS

RAS = np.array([[1.5, 0, 0, -4], [0, 1.2, 0, 7], [0, 0, 2.0, 11], [0, 0, 0, 1]])


def frames_of(pixels, axcodes, affine=RAS):
    data = nifti(pixels, affine, axcodes)
    return list(read(Blob("v.nii.gz", len(data), lambda: io.BytesIO(data)), DEFAULT_OPTIONS))


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 900, (5, 6, 7)).astype(np.int16)


@pytest.mark.parametrize("axcodes", ["RAS", "LPS", "LAI", "PSR", "SLA", "AIR"])
def test_a_file_in_any_voxel_order_becomes_the_same_volume_in_space(pixels, axcodes):
    out = Orient().apply(from_slices(frames_of(pixels, axcodes)))
    expected = nib.as_closest_canonical(nib.Nifti1Image(pixels, RAS))
    assert (out.pixels == expected.get_fdata()).all()
    np.testing.assert_allclose(out.affine, expected.affine, atol=1e-5)


def test_an_image_knows_its_place_as_its_volume_does(pixels):
    frames = frames_of(pixels, "LPS")
    volume = from_slices(frames)
    for k, frame in enumerate(frames):
        one = from_frame(frame)
        assert one.plane == "axial"
        assert (one.pixels == volume.pixels[:, :, k].T).all()
        np.testing.assert_allclose(one.affine @ [2, 3, 0, 1], volume.affine @ [3, 2, k, 1], atol=1e-5)


def test_a_picture_without_a_header_has_no_place():
    picture = from_frame(Frame(np.zeros((3, 4), np.uint8), Facts(format="png")))
    assert (picture.affine, picture.spacing_mm, picture.value_range) == (None, None, (0, 255))
    deep = from_frame(Frame(np.zeros((3, 4), np.uint16), Facts(format="png", bit_depth=16)))
    assert deep.value_range is None, "16 bits often hold 12"


def test_spacing_without_orientation_is_kept():
    facts = Facts(format="dicom", spacing_mm=(0.5, 0.7, 3.0))
    frame = Frame(np.zeros((3, 4), np.int16), facts)
    assert from_frame(frame).spacing_mm == (0.5, 0.7)
    assert from_slices([frame, frame]).spacing_mm == (0.7, 0.5, 3.0)


def test_a_mask_comes_along(pixels):
    labels = (pixels > 450).astype(np.uint8) * 4
    picture = from_slices(frames_of(pixels, "LPS"), masks=frames_of(labels, "LPS"))
    assert (picture.mask == (picture.pixels > 450) * 4).all()
    image, mask = frames_of(pixels, "LPS")[2], frames_of(labels, "LPS")[2]
    assert (from_frame(image, mask=mask).mask == (from_frame(image).pixels > 450) * 4).all()


def test_a_mask_elsewhere_in_space_is_refused(pixels):
    labels = (pixels > 450).astype(np.uint8)
    moved = RAS.copy()
    moved[2, 3] += 5
    with pytest.raises(InputError, match="another position in space") as error:
        from_slices(frames_of(pixels, "LPS"), masks=frames_of(labels, "LPS", moved))
    assert error.value.code == Code.MASK_MISMATCH


@pytest.mark.parametrize("cut", [np.s_[:, :, 1:], np.s_[1:]])
def test_a_mask_of_another_shape_is_refused(pixels, cut):
    labels = (pixels > 450).astype(np.uint8)
    with pytest.raises(InputError, match="Export it on the image's grid") as error:
        from_slices(frames_of(pixels, "LPS"), masks=frames_of(labels[cut], "LPS"))
    assert error.value.code == Code.MASK_MISMATCH


def test_slices_of_several_shapes_are_no_volume():
    frames = [Frame(np.zeros(shape, np.uint8), Facts(format="dicom")) for shape in ((3, 4), (4, 3))]
    for given in ([], frames):
        with pytest.raises(InputError) as error:
            from_slices(given)
        assert error.value.code == Code.INCOMPLETE


def test_positions_that_tell_no_stack_leave_the_place_unknown(pixels):
    frames = frames_of(pixels, "LPS")
    same = [dataclasses.replace(f, facts=dataclasses.replace(f.facts, position_mm=(0.0, 0.0, 0.0))) for f in frames]
    assert from_slices(same).affine is None
