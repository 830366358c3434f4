"""The DICOM reader on good files: facts, planes, multi-frame and mosaics."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from medcurate.errors import Code, InputError
from medcurate.readers.dicom.reader import matches
from medcurate.readers.geometry import series_notes, split_stacks
from medcurate.readers.options import ReadOptions
from tests.readers.dicom import dicom_samples as make


def one(data: bytes, **options):
    (frame,) = make.read_all(data, ReadOptions(**options))
    return frame


def test_facts_of_a_classic_image():
    facts = one(make.sample(SpacingBetweenSlices=3, WindowCenter=100, WindowWidth=201)).facts
    assert (facts.format, facts.kind, facts.frame, facts.depth) == ("dicom", "image", None, None)
    assert (facts.modality, facts.contrast, facts.bit_depth) == ("MR", "T1", 16)
    assert (facts.patient_key, facts.instance_key) == ("SECRET-ID", "1.2.3.4.5")
    assert (facts.series_key, facts.acquisition) == ("1.2.3.4.7", "1//")
    assert facts.position_mm == (-10, -20, 30.5)
    assert facts.spacing_mm == (0.5, 0.75, 3)
    assert facts.axes == make.AXIAL
    assert (facts.plane, facts.plane_confidence, facts.obliquity_deg) == ("axial", 1, 0)
    assert facts.window == (-0.5, 199.5)
    assert facts.notes == ()


@pytest.mark.parametrize(
    ("axes", "plane"), [(make.AXIAL, "axial"), (make.CORONAL, "coronal"), (make.SAGITTAL, "sagittal")]
)
@pytest.mark.parametrize("syntax", [*make.NATIVE, make.DEFLATED], ids=["explicit", "implicit", "big", "deflated"])
def test_plane_and_pixels_in_every_native_syntax(axes, plane, syntax):
    frame = one(make.sample(syntax=syntax, ImageOrientationPatient=list(axes)))
    assert frame.facts.plane == plane
    np.testing.assert_array_equal(frame.pixels, make.ramp())


@pytest.mark.parametrize("syntax", make.NATIVE[:2])
@pytest.mark.parametrize("meta", [True, False], ids=["with group 2", "bare"])
def test_file_without_preamble(syntax, meta):
    data = make.sample(syntax=syntax)
    start = 132 if meta else data.index(b"\x08\x00\x08\x00")
    assert matches(data[start:])
    np.testing.assert_array_equal(one(data[start:]).pixels, make.ramp())


@pytest.mark.parametrize(
    "head", [b"", b"\x08\x00", b"\x89PNG\r\n\x1a\n" * 9, b"plain text, no image " * 99, bytes(4096), b"\xff\xd8" * 200]
)
def test_other_content_is_not_dicom(head):
    assert not matches(head)


@pytest.mark.parametrize("iop", [None, "", [0] * 6, [1, 0, 0, 1, 0, 0]], ids=["missing", "empty", "zero", "parallel"])
def test_bad_input_15_missing_orientation_is_never_guessed(iop):
    facts = one(make.sample(ImageOrientationPatient=iop)).facts
    assert (facts.plane, facts.plane_confidence, facts.obliquity_deg, facts.axes) == (None,) * 4
    assert facts.notes == ()


def test_bad_input_16_oblique():
    tilt = np.radians(44)
    facts = one(make.sample(ImageOrientationPatient=[1, 0, 0, 0, np.cos(tilt), np.sin(tilt)])).facts
    assert (facts.plane, round(facts.obliquity_deg, 3), round(facts.plane_confidence, 3)) == ("axial", 44, 0.6)


def test_orientation_of_an_animal_is_not_named():
    facts = one(make.sample(AnatomicalOrientationType="QUADRUPED")).facts
    assert (facts.plane, facts.axes) == (None, make.AXIAL)


def _stack(positions, **elements):
    frames = []
    for number, position in enumerate(positions):
        ds = make.image(ImagePositionPatient=[round(float(v), 4) for v in position], **elements)
        ds.SOPInstanceUID = f"1.2.3.4.5.{number}"
        frames.append(one(make.to_bytes(ds)).facts)
    return frames


def test_bad_input_17_gantry_tilt_of_files():
    facts = _stack([(0, 1.2 * z, 4 * z) for z in range(5)])
    assert series_notes([f.position_mm for f in facts], facts[0].axes) == (Code.GEOM_SHEAR,)


def test_bad_input_18_missing_slice_of_files():
    facts = _stack([(0, 0, z) for z in (0, 4, 8, 16, 20)])
    assert series_notes([f.position_mm for f in facts], facts[0].axes) == (Code.GEOM_GAP,)


def test_bad_input_19_two_acquisitions_can_be_split():
    places = [(0, 0, 4 * z) for z in range(4)]
    facts = _stack(places, AcquisitionNumber=1) + _stack(places, AcquisitionNumber=2)
    assert len({f.series_key for f in facts}) == 1
    assert [f.acquisition for f in facts] == ["1//"] * 4 + ["2//"] * 4
    mixed = facts[::2] + facts[1::2]
    split = split_stacks([f.position_mm for f in mixed], [f.axes for f in mixed], [f.acquisition for f in mixed])
    assert split.tolist() == [0, 0, 1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize("undefined", [False, True], ids=["defined length", "undefined length"])
@pytest.mark.parametrize("syntax", make.NATIVE, ids=["explicit", "implicit", "big"])
def test_bad_input_20_enhanced_geometry_of_each_frame(undefined, syntax):
    positions = [(1, 2, 3.0 + 6 * z) for z in range(3)]
    axes = [make.AXIAL, make.CORONAL, make.SAGITTAL]
    data = make.to_bytes(make.enhanced(axes, positions, shared=False, undefined=undefined, slopes=[1, 2, 0.5]), syntax)
    frames = make.read_all(data)
    assert [f.facts.frame for f in frames] == [0, 1, 2]
    assert [f.facts.plane for f in frames] == ["axial", "coronal", "sagittal"]
    assert [f.facts.position_mm for f in frames] == positions
    assert {f.facts.spacing_mm for f in frames} == {(2, 3, 6)}
    for number, (frame, slope) in enumerate(zip(frames, [1, 2, 0.5], strict=True)):
        np.testing.assert_array_equal(frame.pixels, (make.ramp() + 100 * number) * slope)


def test_bad_input_20_enhanced_falls_back_to_shared_and_to_the_top_level():
    ds = make.enhanced([make.SAGITTAL], [(0, 0, z) for z in range(3)])
    del ds.PerFrameFunctionalGroupsSequence[2]  # one group less than frames
    facts = [f.facts for f in make.read_all(make.to_bytes(ds))]
    assert [f.plane for f in facts] == ["sagittal"] * 3
    assert [f.position_mm for f in facts] == [(0, 0, 0), (0, 0, 1), None]
    ds = make.enhanced([make.SAGITTAL], [(0, 0, 0)] * 2, top={"ImageOrientationPatient": list(make.CORONAL)})
    del ds.SharedFunctionalGroupsSequence
    assert {f.facts.plane for f in make.read_all(make.to_bytes(ds))} == {"coronal"}


def test_enhanced_with_one_frame_is_a_single_image():
    frame = one(make.to_bytes(make.enhanced([make.AXIAL], [(0, 0, 0)])))
    assert (frame.facts.frame, frame.facts.plane) == (None, "axial")


def test_old_multi_frame():
    pixels = np.arange(3 * 5 * 7, dtype=np.uint8).reshape(3, 5, 7)
    frames = make.read_all(make.sample(pixels, NumberOfFrames=3))
    assert [f.facts.frame for f in frames] == [0, 1, 2]
    np.testing.assert_array_equal([f.pixels for f in frames], pixels)


@pytest.mark.parametrize("where", ["element", "csa"])
@pytest.mark.parametrize("backwards", [False, True])
def test_bad_input_21_mosaic_is_split_into_slices(rng, where, backwards):
    slices = rng.integers(1, 4000, (5, 4, 6), dtype=np.uint16)
    sign = -1 if backwards else 1
    tags = {"SliceNormalVector": (0, 0, sign), "NumberOfImagesInMosaic": (5,)}
    ds = make.mosaic(slices, position=(-18, -12, 7), count=where == "element", csa=make.csa_header(**tags))
    frames = make.read_all(make.to_bytes(ds))
    np.testing.assert_array_equal([f.pixels for f in frames], slices)
    assert [(f.facts.kind, f.facts.frame, f.facts.depth) for f in frames] == [("volume", n, 5) for n in range(5)]
    # the mosaic is 18 x 12, the slices 6 x 4, at 2 mm: the corner moves by half of the difference
    assert [f.facts.position_mm for f in frames] == [(-6, -4, 7 + sign * 3 * n) for n in range(5)]


@pytest.mark.parametrize("csa", [None, b"SV10" + bytes(100), b"", make.csa_header(Other=(1,)), b"\xff" * 64])
def test_bad_input_21_mosaic_without_its_count(csa):
    ds = make.mosaic(np.ones((4, 2, 2), np.uint16), count=False, csa=csa)
    with pytest.raises(InputError, match="number of slices of a Siemens mosaic") as caught:
        make.read_all(make.to_bytes(ds))
    assert caught.value.code is Code.MOSAIC


def test_bad_input_21_mosaic_that_does_not_divide():
    ds = make.mosaic(np.ones((4, 3, 3), np.uint16))
    ds[0x0019, 0x100A].value = 20
    with pytest.raises(InputError, match="20 tiles in a grid of 5 x 5, received 6 x 6") as caught:
        make.read_all(make.to_bytes(ds))
    assert caught.value.code is Code.MOSAIC


def test_bad_input_21_mosaic_with_several_frames():
    ds = make.mosaic(np.ones((4, 4, 2), np.uint16))
    ds.NumberOfFrames, ds.Rows = 2, ds.Rows // 2
    with pytest.raises(InputError, match="expected one frame in a Siemens mosaic") as caught:
        make.read_all(make.to_bytes(ds))
    assert caught.value.code is Code.MOSAIC


@pytest.mark.parametrize(
    ("elements", "notes"),
    [
        ({"Modality": "MR"}, ()),
        ({"Modality": "CT"}, ()),
        ({"Modality": "PT"}, (Code.MODALITY,)),
        ({"Modality": "US"}, (Code.MODALITY,)),
        ({"Modality": "RTDOSE"}, (Code.MODALITY,)),
        ({"Modality": "DOE JANE"}, (Code.MODALITY,)),
        ({"Modality": None}, ()),
        ({"Modality": ""}, ()),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, (Code.NOT_PRIMARY,)),
        ({"ImageType": ["DERIVED", "PRIMARY"]}, (Code.NOT_PRIMARY,)),
        ({"ImageType": ["DERIVED", "SECONDARY"], "Modality": "PT"}, (Code.MODALITY, Code.NOT_PRIMARY)),
    ],
)
def test_bad_input_27_modality_and_not_primary(elements, notes):
    assert one(make.sample(**elements)).facts.notes == notes


def test_modality_is_a_code_or_nothing():
    assert one(make.sample(Modality="RTDOSE")).facts.modality == "RTDOSE"
    assert one(make.sample(Modality="DOE JANE")).facts.modality is None


def test_bad_input_28_instance_key_shows_a_uid_conflict():
    first, second = one(make.sample()), one(make.sample(make.ramp(step=3)))
    assert first.facts.instance_key == second.facts.instance_key
    assert (first.pixels != second.pixels).any()


@pytest.mark.parametrize("charset", [b"ISO_IR 192", b"GB18030", b"NO SUCH SET\\", b"\\ISO 2022 IR 87", b"\xff\xfe"])
def test_bad_input_29_bad_charset_and_name_are_kept_ascii_safe(charset):
    block = struct.pack("<HH2sH", 0x0008, 0x0005, b"CS", len(charset)) + charset
    data = make.insert(make.sample(), block, b"\x08\x00\x08\x00CS").replace(
        b"Secret^Person", b"\xff\xfe\x1b$B\x80^^^===="
    )
    facts = one(data.replace(b"SECRET-ID ", b"ID-\xc3\xa9\xff\0\0\0\0")).facts
    assert facts.patient_key == "ID-\\xc3\\xa9\\xff"
    assert facts.patient_key.isascii()


@pytest.mark.parametrize(
    ("elements", "key"),
    [
        ({"PatientID": None, "PatientBirthDate": "19000101"}, "name\nSecret^Person\n19000101"),
        ({"PatientID": "", "PatientName": ""}, "study\n1.2.3.4.6"),
        ({"PatientID": None, "PatientName": None, "StudyInstanceUID": None}, None),
        ({"IssuerOfPatientID": "A"}, "SECRET-ID\nA"),
    ],
)
def test_patient_key_falls_back(elements, key):
    assert one(make.sample(**elements)).facts.patient_key == key


def test_segmentation_is_a_mask():
    frame = one(make.sample(make.ramp(dtype=np.uint8), SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4", Modality="SEG"))
    assert frame.facts.kind == "mask"


def test_bits_packed_across_frames(rng):
    bits = rng.integers(0, 2, (3, 3, 5), dtype=np.uint8)
    packed = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    ds = make.image(bits, NumberOfFrames=3, BitsAllocated=1, BitsStored=1, HighBit=0)
    ds.PixelData = packed + b"\0" * (len(packed) % 2)
    np.testing.assert_array_equal([f.pixels for f in make.read_all(make.to_bytes(ds))], bits)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_fact_are_the_same_in_every_syntax(syntax):
    assert one(make.sample(syntax=syntax)).facts == one(make.sample()).facts


def test_large_file_on_disk_is_mapped(tmp_path, monkeypatch):
    from medcurate.readers.blob import Blob
    from medcurate.readers.dicom import reader as dicom

    monkeypatch.setattr(dicom, "_MAPPED_BYTES", 100)
    path = tmp_path / "x.dcm"
    path.write_bytes(make.sample())
    (frame,) = dicom.read(Blob("x.dcm", path.stat().st_size, lambda: path.open("rb"), path))
    np.testing.assert_array_equal(frame.pixels, make.ramp())
