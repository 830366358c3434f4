"""Bad DICOM files: one code each, and nothing but `InputError`. The numbers are those of the reliability list."""

from __future__ import annotations

import re
import struct
import tracemalloc

import numpy as np
import pytest

from medcurate.errors import Code, InputError
from medcurate.readers.options import ReadOptions
from tests.readers.dicom import dicom_samples as make


def code_of(data: bytes, options: ReadOptions | None = None) -> Code:
    with pytest.raises(InputError) as caught:
        make.read_all(data, options or ReadOptions())
    message = str(caught.value)
    assert re.search(r"expected|holds|grows|BurnedIn|index|ends|codec|contradicts|damaged|transfer|delimiters", message)
    assert "secret" not in message.lower()
    return caught.value.code


def test_bad_input_01_empty():
    assert code_of(b"") is Code.EMPTY


@pytest.mark.parametrize("seed", range(20))
def test_bad_input_04_prefix_and_random_bytes(seed):
    noise = np.random.default_rng(seed).bytes(3000)
    assert code_of(bytes(128) + b"DICM" + noise) is Code.DICOM_NO_IMAGE


def test_bad_input_05_cut_in_header_at_every_byte():
    data = make.sample()
    pixels = data.index(b"\xe0\x7f\x10\x00")
    assert {code_of(data[:cut]) for cut in range(132, pixels + 12)} == {Code.TRUNCATED}


def test_bad_input_05_cut_after_the_prefix():
    assert code_of(bytes(128) + b"DICM") is Code.TRUNCATED


@pytest.mark.parametrize("left", [0, 1, 50, 95])
def test_bad_input_06_cut_in_pixels(left):
    data = make.sample()
    assert code_of(data[: len(data) - 96 + left]) is Code.TRUNCATED
    assert code_of(make.sample(PixelData=bytes(left - left % 2))) is Code.TRUNCATED


def test_bad_input_06_no_pixels_in_an_image():
    assert code_of(make.sample(PixelData=None)) is Code.TRUNCATED


@pytest.mark.parametrize(
    "elements", [{"Rows": 0}, {"Columns": 0}, {"Rows": None}, {"NumberOfFrames": 0}, {"NumberOfFrames": -3}]
)
def test_bad_input_07_no_rows(elements):
    assert code_of(make.sample(**elements)) is Code.BAD_DIMS


@pytest.mark.parametrize("elements", [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 2147483647}])
def test_bad_input_08_giant_dimensions_are_refused_before_allocation(elements):
    data = make.sample(**elements)
    tracemalloc.start()
    assert code_of(data) is Code.BAD_DIMS
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_bad_input_09_surplus_pixels_are_never_frames(factor):
    assert code_of(make.sample(PixelData=make.ramp().tobytes() * factor)) is Code.PIXEL_LENGTH
    assert code_of(make.sample(PixelData=make.ramp().tobytes() + b"\0\0")) is Code.PIXEL_LENGTH


def test_bad_input_09_padding_to_even_length_is_fine():
    odd = np.arange(15, dtype=np.uint8).reshape(3, 5)
    np.testing.assert_array_equal(make.read_all(make.sample(odd))[0].pixels, odd)


@pytest.mark.parametrize(
    "sop_class",
    [f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("88.11", "481.3", "88.59", "4.2")],
    ids=["SR", "RTSTRUCT", "KO", "MR spectroscopy"],
)  # fmt: skip
def test_bad_input_10_no_image(sop_class):
    assert code_of(make.sample(SOPClassUID=sop_class, PixelData=None, Rows=None, Columns=None)) is Code.NOT_IMAGE


def test_bad_input_11_deflate_bomb_is_stopped_early():
    comment = struct.pack("<HH2sHI", 0x0008, 0x0001, b"UN", 0, 300 * 2**20) + bytes(300 * 2**20)
    data = make.deflated(comment)
    del comment
    assert len(data) < 400_000
    tracemalloc.start()
    assert code_of(data) is Code.BOMB
    assert tracemalloc.get_traced_memory()[1] < 160 * 2**20
    tracemalloc.stop()


def test_bad_input_11_inflating_has_a_limit():
    data = make.deflated(np.random.default_rng(0).bytes(2**21))
    assert code_of(data, ReadOptions(max_inflated_bytes=2**20)) is Code.BOMB


def test_deflated_file_that_is_cut_or_damaged():
    data = make.sample(syntax=make.DEFLATED)
    assert code_of(data[:-20]) is Code.TRUNCATED
    start = 144 + struct.unpack_from("<I", data, 140)[0]
    assert code_of(data[:start] + b"\xff" * 50) is Code.DECODE


@pytest.mark.parametrize("depth", [300, 5_000, 100_000])
@pytest.mark.parametrize("defined", [False, True], ids=["undefined", "defined"])
def test_bad_input_12_too_deep(depth, defined):
    assert code_of(make.nested(depth, defined=defined)) is Code.TOO_DEEP


@pytest.mark.parametrize("defined", [False, True])
def test_bad_input_12_real_depths_are_fine(defined):
    assert len(make.read_all(make.nested(20, defined=defined))) == 1


def test_bad_input_14_dicomdir():
    assert code_of(make.directory(["A", "B"], ["A", "C"])) is Code.NOT_IMAGE
    assert code_of(make.directory()) is Code.NOT_IMAGE


@pytest.mark.parametrize(
    "name", [["..", "SECRET"], ["A", "..", "..", "X"], "../SECRET", "/etc/SECRET", ["", "SECRET"], "C:"]
)
def test_bad_input_14_dicomdir_that_leads_elsewhere(name):
    assert code_of(make.directory(["A"], name)) is Code.PATH_ESCAPE


def test_bad_input_26_burned_in_annotation():
    data = make.sample(BurnedInAnnotation="YES")
    assert code_of(data) is Code.QUARANTINE
    assert len(make.read_all(data, ReadOptions(keep_burned_in=True))) == 1
    assert len(make.read_all(make.sample(BurnedInAnnotation="NO"))) == 1


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ({"BitsAllocated": 12}, Code.UNSUPPORTED),
        ({"BitsAllocated": None}, Code.UNSUPPORTED),
        ({"BitsStored": 17, "HighBit": 16}, Code.BAD_HEADER),
        ({"SamplesPerPixel": 3}, Code.BAD_HEADER),
        ({"PhotometricInterpretation": "CMYK"}, Code.UNSUPPORTED),
        ({"RescaleSlope": "1e300"}, Code.BAD_HEADER),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, Code.DECODE),
    ],
)
def test_header_that_contradicts_itself(elements, code):
    assert code_of(make.sample(**elements)) is code


def test_unknown_transfer_syntax():
    data = make.compressed([b"ab"], "1.2.840.10008.1.2.4.50", pixels=make.ramp())
    for other in (
        b"1.2.840.10008.1.2.4.59",
        b"1.2.840.99999.1.2.4.50",
        b"1.2.840.10008.1.2.4.10",
        b"1.2.840.10008.1.2.4.20",
        b"?" * 22,
    ):
        assert code_of(data.replace(b"1.2.840.10008.1.2.4.50", other)) is Code.UNSUPPORTED


def test_compression_that_nothing_here_reads():
    htj2k = make.compressed([b"ab"], "1.2.840.10008.1.2.4.201", pixels=make.ramp())
    assert code_of(htj2k) is Code.UNSUPPORTED


def test_class_without_anything_is_no_image():
    ds = make.image(PixelData=None, Rows=None, Columns=None)
    data = make.to_bytes(ds).replace(b"1.2.840.10008.5.1.4.1.1.4\0", b" " * 26)
    assert code_of(data) is Code.DICOM_NO_IMAGE


@pytest.mark.parametrize(
    "block",
    [
        struct.pack("<HH2sHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 8, 8, 0),
        struct.pack("<HH2sHIHHIHHI", 8, 0x1140, b"SQ", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF, 0xFFFE, 0xE0DD, 0),
        struct.pack("<HH2sH", 8, 0x1140, b"?!", 0xFFFF),
    ],
    ids=["no item", "crossed delimiters", "unknown VR"],
)
def test_broken_structure(block):
    assert code_of(make.insert(make.sample(), block)) in (Code.BAD_HEADER, Code.TRUNCATED)
