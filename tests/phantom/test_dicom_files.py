from __future__ import annotations

import io

import numpy as np
import pydicom
import pytest

from medcurate.phantom import dicom_files, render
from medcurate.phantom.contrast import PLANES
from medcurate.phantom.pictures import AXES, cut, stored

WRITERS = (dicom_files.classic, dicom_files.monochrome1, dicom_files.rle, dicom_files.jpeg)


def series(contrast="T1ce", **changes):
    common = {"key": "k", "patient": "PHANTOM-0009", "number": 2, "thickness_mm": 3.0, "white": 1.0}
    return dicom_files.Series(contrast=contrast, **{**common, **changes})


@pytest.fixture(scope="module")
def stack(head_of):
    head = head_of(0, "none")
    volume = render(head, "T1", np.random.default_rng(0))
    return {plane: [cut(volume, head, plane, k) for k in range(30, 34)] for plane in PLANES}


def read(content):
    return pydicom.dcmread(io.BytesIO(content))


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("plane", PLANES)
def test_header_tells_the_geometry(stack, plane, write):
    picture = stack[plane][0]
    ds = read(write(picture, series(), 1))
    assert [float(v) for v in ds.ImageOrientationPatient] == [v for axis in AXES[plane] for v in axis]
    np.testing.assert_allclose([float(v) for v in ds.ImagePositionPatient], picture.position_mm, atol=1e-3)
    assert [float(v) for v in ds.PixelSpacing] == [picture.spacing_mm] * 2
    assert (ds.Rows, ds.Columns) == picture.pixels.shape
    assert (ds.Modality, ds.BurnedInAnnotation) == ("MR", "NO")


def test_pixels_of_all_encodings_are_those_of_the_slice(stack):
    picture = stack["axial"][1]
    expected = stored(picture.pixels, 12, 1.0)
    plain, inverted, packed, lossy = (read(write(picture, series(), 1)) for write in WRITERS)
    np.testing.assert_array_equal(plain.pixel_array, expected)
    assert inverted.PhotometricInterpretation == "MONOCHROME1"
    np.testing.assert_array_equal(4095 - inverted.pixel_array, expected)
    assert packed.file_meta.TransferSyntaxUID == pydicom.uid.RLELossless
    np.testing.assert_array_equal(packed.pixel_array, expected)
    assert lossy.file_meta.TransferSyntaxUID == pydicom.uid.JPEGBaseline8Bit
    assert np.abs(lossy.pixel_array.astype(int) - expected // 16).mean() < 4


@pytest.mark.parametrize("plane", PLANES)
def test_enhanced_frames_have_their_own_positions(stack, plane):
    ds = read(dicom_files.enhanced(stack[plane], series()))
    assert ds.NumberOfFrames == 4
    shared = ds.SharedFunctionalGroupsSequence[0]
    direction = [float(v) for v in shared.PlaneOrientationSequence[0].ImageOrientationPatient]
    assert direction == [v for axis in AXES[plane] for v in axis]
    for frame, picture, pixels in zip(ds.PerFrameFunctionalGroupsSequence, stack[plane], ds.pixel_array, strict=True):
        position = [float(v) for v in frame.PlanePositionSequence[0].ImagePositionPatient]
        np.testing.assert_allclose(position, picture.position_mm, atol=1e-3)
        np.testing.assert_array_equal(pixels, stored(picture.pixels, 12, 1.0))


@pytest.mark.parametrize("write", WRITERS)
def test_the_same_key_gives_the_same_bytes_and_another_other_uids(stack, write):
    picture = stack["coronal"][0]
    first, again, other = (write(picture, series(key=k), 1) for k in ("k", "k", "l"))
    assert first == again
    assert read(first).SOPInstanceUID != read(other).SOPInstanceUID
    assert read(first).StudyInstanceUID == read(write(picture, series(number=5), 1)).StudyInstanceUID


def test_timing_tells_the_contrast(stack):
    picture = stack["axial"][0]
    t1, t2, flair, t1ce = (read(dicom_files.classic(picture, series(c), 1)) for c in ("T1", "T2", "FLAIR", "T1ce"))
    assert t1.EchoTime < 30 < 80 < t2.EchoTime
    assert "InversionTime" not in t2
    assert flair.InversionTime > 2000
    assert "ContrastBolusAgent" in t1ce
    assert "ContrastBolusAgent" not in t1


def test_no_real_person_is_named(stack):
    ds = read(dicom_files.classic(stack["axial"][0], series(), 1))
    assert str(ds.PatientName).startswith("Phantom^")
    assert ds.PatientID == "PHANTOM-0009"
