"""Pixels of DICOM files against exact oracles: bits, sign, rescale, inversion, window, palette, color, codecs."""

from __future__ import annotations

import io
import os
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels import get_encoder
from pydicom.sequence import Sequence
from pydicom.uid import RLELossless

from medcurate.errors import Code, InputError
from medcurate.readers.dicom import gdcm_process as dicom_gdcm
from medcurate.readers.dicom.codecs import codestream_size
from tests.readers.dicom import dicom_samples as make

JPEG, LOSSLESS, JPEG_LS, J2K = (f"1.2.840.10008.1.2.4.{n}" for n in (50, 70, 80, 90))


def one(data: bytes):
    (frame,) = make.read_all(data)
    return frame


@given(
    st.integers(1, 16), st.integers(0, 15), st.booleans(), st.integers(0, 2**32),
    st.sampled_from([(1, 0), (2, -1024), (1, 5), (0.5, 1.25), (-1, 0)]), st.booleans(), st.sampled_from(make.NATIVE),
)  # fmt: skip
@settings(deadline=None, max_examples=150)
def test_bad_input_23_bits_sign_and_rescale(stored, below, signed, seed, rescale, inverted, syntax):
    below = min(below, 16 - stored)
    rng = np.random.default_rng(seed)
    low, high = (-(1 << stored - 1), (1 << stored - 1) - 1) if signed else (0, (1 << stored) - 1)
    true = rng.integers(low, high + 1, (4, 5))
    field = ((1 << stored) - 1) << below
    junk = rng.integers(0, 1 << 16, true.shape) & ~field
    words = (((true << below) & field) | junk).astype(np.uint16)
    data = make.sample(
        words, syntax, BitsStored=stored, HighBit=below + stored - 1, PixelRepresentation=int(signed),
        RescaleSlope=rescale[0], RescaleIntercept=rescale[1],
        PhotometricInterpretation="MONOCHROME1" if inverted else "MONOCHROME2",
    )  # fmt: skip
    expected = (low + high - true if inverted else true) * rescale[0] + rescale[1]
    frame = one(data)
    np.testing.assert_array_equal(frame.pixels, expected)
    assert frame.facts.bit_depth == stored
    flags = frame.pixels.flags
    assert (flags.c_contiguous, flags.owndata, flags.writeable) == (True,) * 3


@pytest.mark.parametrize(
    ("dtype", "offset", "kind"),
    [
        (np.uint16, 0, "uint8"), (np.uint16, 300, "int16"), (np.uint16, 60000, "uint16"), (np.int16, -5, "int16"),
        (np.uint32, 70000, "int32"), (np.uint32, 3 * 10**9, "float32"),
    ],
)  # fmt: skip
def test_narrowest_type_that_holds_the_values(dtype, offset, kind):
    pixels = (make.ramp(step=1).astype(np.int64) + offset).astype(dtype)
    frame = one(make.sample(pixels))
    assert frame.pixels.dtype == kind
    np.testing.assert_array_equal(frame.pixels, pixels.astype(frame.pixels.dtype))


@pytest.mark.parametrize("signed", [False, True])
def test_bad_input_22_monochrome1_equals_its_twin(signed):
    pixels = make.ramp(step=80).astype(np.int16 if signed else np.uint16) - (2000 if signed else 0)
    pixels = pixels.astype(np.int16 if signed else np.uint16)
    mirrored = ~pixels if signed else 4095 - pixels
    common = {"BitsStored": 12, "HighBit": 11, "RescaleSlope": 2, "RescaleIntercept": -10}
    upright = one(make.sample(pixels, WindowCenter=300.5, WindowWidth=101, **common))
    low, high = upright.facts.window
    mirror = 2 * (0 + 4095 if not signed else -1) - 20
    twin = one(
        make.sample(
            mirrored, PhotometricInterpretation="MONOCHROME1", WindowCenter=mirror - (low + high) / 2 + 0.5,
            WindowWidth=high - low + 1, **common,
        )
    )  # fmt: skip
    np.testing.assert_array_equal(upright.pixels, twin.pixels)
    assert twin.pixels.dtype == upright.pixels.dtype
    assert twin.facts.window == upright.facts.window


@pytest.mark.parametrize(
    ("elements", "window", "notes"),
    [
        ({}, None, ()),
        ({"WindowCenter": 50, "WindowWidth": 101}, (-0.5, 99.5), ()),
        ({"WindowCenter": [50, 900], "WindowWidth": [101, 5]}, (-0.5, 99.5), ()),
        ({"WindowCenter": 50, "WindowWidth": 0}, None, (Code.WINDOW_IGNORED,)),
        ({"WindowCenter": 50, "WindowWidth": -9}, None, (Code.WINDOW_IGNORED,)),
        ({"WindowCenter": 50, "WindowWidth": 1}, None, (Code.WINDOW_IGNORED,)),
        ({"WindowCenter": 50}, None, (Code.WINDOW_IGNORED,)),
        ({"WindowCenter": 50, "WindowWidth": 100, "VOILUTFunction": "SIGMOID"}, (0, 100), ()),
        ({"WindowCenter": 50, "WindowWidth": 100, "VOILUTFunction": "LINEAR_EXACT"}, (0, 100), ()),
    ],
)  # fmt: skip
def test_bad_input_24_window(elements, window, notes):
    facts = one(make.sample(**elements)).facts
    assert (facts.window, facts.notes) == (window, notes)


def test_bad_input_25_constant_image_is_read_without_division():
    frame = one(make.sample(np.full((4, 4), 7, np.uint16), WindowCenter=7, WindowWidth=0))
    assert frame.pixels.min() == frame.pixels.max() == 7


@pytest.mark.parametrize("high_bit", [3, 40])
def test_impossible_high_bit_is_taken_as_the_usual_one(high_bit):
    np.testing.assert_array_equal(one(make.sample(BitsStored=12, HighBit=high_bit)).pixels, make.ramp())


def test_slope_of_zero_counts_as_absent():
    np.testing.assert_array_equal(one(make.sample(RescaleSlope=0)).pixels, make.ramp())


@pytest.mark.parametrize("keyword", ["FloatPixelData", "DoubleFloatPixelData"])
def test_floating_point_pixels(keyword):
    kind = np.float32 if keyword[0] == "F" else np.float64
    values = np.linspace(-1, 1, 12, dtype=kind).reshape(3, 4)
    values[0, 0], values[1, 1] = np.nan, np.inf
    ds = make.image(np.zeros((3, 4), np.uint16), PixelData=None)
    setattr(ds, keyword, values.tobytes())
    frame = one(make.to_bytes(ds))
    assert frame.facts.notes == (Code.NONFINITE,)
    least = values[np.isfinite(values)].min()
    np.testing.assert_array_equal(frame.pixels, np.where(np.isfinite(values), values, least).astype(np.float32))


@pytest.mark.parametrize(
    ("descriptor", "code"), [([4, 2], Code.BAD_HEADER), ([9, 0, 16], Code.TRUNCATED)], ids=["short", "too few entries"]
)
def test_damaged_modality_lut(descriptor, code):
    item = Dataset()
    item.add_new(0x00283002, "US", descriptor)
    item.add_new(0x00283006, "US", [10, 20, 30, 40])
    with pytest.raises(InputError, match="modality LUT") as caught:
        make.read_all(make.sample(ModalityLUTSequence=Sequence([item])))
    assert caught.value.code is code


def test_modality_lut_of_signed_pixels():
    item = Dataset()
    item.add_new(0x00283002, "US", [3, 65535, 8])
    item.add_new(0x00283006, "OW", bytes([5, 6, 7, 0]))
    pixels = np.array([[-9, -1], [0, 1]], np.int16)
    frame = one(make.sample(pixels, ModalityLUTSequence=Sequence([item])))
    np.testing.assert_array_equal(frame.pixels, [[5, 5], [6, 7]])


def test_floating_point_monochrome1_is_not_supported():
    ds = make.image(np.zeros((3, 4), np.uint16), PixelData=None, PhotometricInterpretation="MONOCHROME1")
    ds.FloatPixelData = bytes(48)
    with pytest.raises(InputError, match="expected MONOCHROME2 for floating point") as caught:
        make.read_all(make.to_bytes(ds))
    assert caught.value.code is Code.UNSUPPORTED


def test_modality_lut_takes_the_place_of_the_slope():
    item = Dataset()
    item.add_new(0x00283002, "US", [4, 2, 16])
    item.add_new(0x00283006, "US", [10, 20, 30, 40])
    pixels = np.array([[0, 2, 3], [4, 5, 99]], np.uint16)
    frame = one(make.sample(pixels, ModalityLUTSequence=Sequence([item])))
    np.testing.assert_array_equal(frame.pixels, [[10, 10, 20], [30, 40, 40]])


@pytest.mark.parametrize("planar", [0, 1])
def test_rgb_becomes_luma(rng, planar):
    color = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    stored = np.ascontiguousarray(color.transpose(2, 0, 1)) if planar else color
    ds = make.image(color, PlanarConfiguration=planar, PixelData=stored.tobytes())
    frame = one(make.to_bytes(ds))
    np.testing.assert_allclose(frame.pixels, color @ [0.299, 0.587, 0.114], atol=0.51)
    assert Code.COLOR in frame.facts.notes


def test_gray_stored_as_rgb_is_gray():
    gray = make.ramp(dtype=np.uint8, step=5)
    frame = one(make.sample(np.repeat(gray[..., None], 3, axis=2)))
    np.testing.assert_array_equal(frame.pixels, gray)
    assert frame.facts.notes == ()


def test_ybr_becomes_luma():
    ybr = np.full((4, 6, 3), 128, np.uint8)
    ybr[..., 0] = make.ramp(4, 6, np.uint8)
    frame = one(make.sample(ybr, PhotometricInterpretation="YBR_FULL"))
    np.testing.assert_array_equal(frame.pixels, ybr[..., 0])


def test_palette_color():
    tables = {"Red": [0, 65535, 0, 65535], "Green": [0, 65535, 0, 0], "Blue": [0, 65535, 0, 0]}
    ds = make.image(np.array([[0, 1], [2, 3]], np.uint8), PhotometricInterpretation="PALETTE COLOR")
    for name, table in tables.items():
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 16])
        setattr(ds, f"{name}PaletteColorLookupTableData", np.array(table, np.uint16).tobytes())
    frame = one(make.to_bytes(ds))
    np.testing.assert_array_equal(frame.pixels, [[0, 65535], [0, 19596]])


# ------------------------------------------------------------------------------------------------------------ codecs


def _picture(pixels, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture(scope="module")
def gray8():
    y, x = np.mgrid[:16, :24]
    return (y * 4 + x * 5).astype(np.uint8)


def _rle(pixels) -> list[bytes]:
    shape = {"rows": pixels.shape[0], "columns": pixels.shape[1], "number_of_frames": 1, "samples_per_pixel": 1}
    bits = pixels.dtype.itemsize * 8
    return [
        get_encoder(RLELossless).encode(
            pixels, encoding_plugin="pydicom", photometric_interpretation="MONOCHROME2", bits_allocated=bits,
            bits_stored=bits, pixel_representation=0, **shape,
        )
    ]  # fmt: skip


def _gdcm(pixels, syntax: str) -> bytes:
    """Compress with gdcm, the only writer of these syntaxes here."""
    gdcm = pytest.importorskip("gdcm")
    kind = {LOSSLESS: gdcm.TransferSyntax.JPEGLosslessProcess14_1, JPEG_LS: gdcm.TransferSyntax.JPEGLSLossless}[syntax]
    data = make.sample(pixels)
    reader = gdcm.ImageReader()
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a"), Path(folder, "b")
        source.write_bytes(data)
        reader.SetFileName(str(source))
        assert reader.Read()
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(kind))
        change.SetInput(reader.GetImage())
        assert change.Change()
        writer = gdcm.ImageWriter()
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.SetFileName(str(target))
        assert writer.Write()
        return target.read_bytes()


def test_rle(gray8):
    wide = gray8.astype(np.uint16) * 200
    np.testing.assert_array_equal(one(make.compressed(_rle(wide), RLELossless, pixels=wide)).pixels, wide)


def test_jpeg_baseline(gray8):
    frame = one(make.compressed([_picture(gray8, "JPEG", quality=95)], JPEG, pixels=gray8))
    np.testing.assert_allclose(frame.pixels.astype(int), gray8, atol=4)


def test_jpeg_baseline_color(gray8):
    color = np.stack([gray8, gray8[::-1], 255 - gray8], axis=2)
    stream = _picture(color, "JPEG", quality=95, subsampling=0)
    frame = one(make.compressed([stream], JPEG, pixels=color, PhotometricInterpretation="YBR_FULL"))
    np.testing.assert_allclose(frame.pixels, color @ [0.299, 0.587, 0.114], atol=5)
    assert Code.COLOR in frame.facts.notes


def test_jpeg_2000(gray8):
    data = make.compressed([_picture(gray8, "JPEG2000", no_jp2=True)], J2K, pixels=gray8)
    np.testing.assert_array_equal(one(data).pixels, gray8)


@pytest.mark.parametrize("high_bit", [11, 15])
def test_jpeg_2000_of_12_bits_wherever_the_high_bit_is(gray8, high_bit):
    wide = gray8.astype(np.uint16) * 16
    stream = _picture(wide, "JPEG2000", no_jp2=True)
    data = make.compressed([stream], J2K, pixels=wide, BitsStored=12, HighBit=high_bit)
    np.testing.assert_array_equal(one(data).pixels, wide)


@pytest.mark.parametrize("syntax", [LOSSLESS, JPEG_LS], ids=["JPEG lossless", "JPEG-LS"])
def test_lossless_codecs_of_the_extra(gray8, syntax):
    wide = gray8.astype(np.uint16) * 16
    np.testing.assert_array_equal(one(_gdcm(wide, syntax)).pixels, wide)


def test_compressed_multi_frame(gray8):
    stack = np.stack([gray8, gray8[::-1]])
    data = make.compressed(
        [_rle(np.ascontiguousarray(p))[0] for p in stack], RLELossless, pixels=stack, NumberOfFrames=2
    )
    np.testing.assert_array_equal([f.pixels for f in make.read_all(data)], stack)


def _corrupt(data: bytes) -> bytes:
    half = len(data) // 2
    return data[:half] + bytes(byte ^ 0xA5 for byte in data[half : half + 40]) + data[half + 40 :]


def test_bad_input_13_corrupt_codestreams(gray8):
    streams = {
        JPEG: _picture(gray8, "JPEG")[:-60],
        J2K: _picture(gray8, "JPEG2000", no_jp2=True)[:40],
        RLELossless: b"\x01\0\0\0\x40\0\0\0" + bytes(56) + b"\x05ab",
        JPEG_LS: b"\xff\xd8\xff\xf7" + bytes(30) + b"\xff\xd9",
        LOSSLESS: b"not a JPEG" + b"\xff\xd9",
    }
    for syntax, stream in streams.items():
        with pytest.raises(InputError) as caught:
            make.read_all(make.compressed([stream], syntax, pixels=gray8))
        assert caught.value.code is Code.DECODE, syntax


@pytest.mark.parametrize("syntax", [JPEG, LOSSLESS, JPEG_LS, J2K])
def test_bad_input_13_codec_is_absent(gray8, syntax, monkeypatch):
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    monkeypatch.setattr(get_decoder(UID(syntax)), "_available", {})
    with pytest.raises(InputError, match=r"no codec is installed for .* pip install 'medcurate\[codecs\]'") as caught:
        make.read_all(make.compressed([b"\xff\xd8\xff\xd9"], syntax, pixels=gray8))
    assert caught.value.code is Code.NO_CODEC


def test_lossy_jpeg_of_12_bits_is_not_supported(gray8):
    wide = gray8.astype(np.uint16)
    with pytest.raises(InputError, match="expected JPEG of 8 bits, received lossy JPEG of 12") as caught:
        make.read_all(make.compressed([b"\xff\xd8\xff\xd9"], JPEG, pixels=wide, BitsStored=12, HighBit=11))
    assert caught.value.code is Code.UNSUPPORTED


def _abort(item: object) -> None:
    os.abort()


def _hang(item: object) -> None:
    signal.pause()


def test_bad_input_67_codec_that_aborts_costs_one_file(gray8, monkeypatch):
    good = _gdcm(gray8.astype(np.uint16), JPEG_LS)
    dicom_gdcm._stop()
    with monkeypatch.context() as patched:
        patched.setattr(dicom_gdcm, "decode_frame", _abort)
        with pytest.raises(InputError, match="received pixels that crash it") as caught:
            make.read_all(good)
    assert caught.value.code is Code.DECODE
    np.testing.assert_array_equal(one(good).pixels, gray8)


def test_bad_input_67_codec_that_hangs_is_stopped(gray8, monkeypatch):
    good = _gdcm(gray8.astype(np.uint16), JPEG_LS)
    dicom_gdcm._stop()
    monkeypatch.setattr(dicom_gdcm, "decode_frame", _hang)
    monkeypatch.setattr(dicom_gdcm, "_TIMEOUT_S", 0.05)
    with pytest.raises(InputError) as caught:
        make.read_all(good)
    assert caught.value.code is Code.DECODE
    assert dicom_gdcm._children == {}


def test_codestream_may_not_be_larger_than_the_header_says(gray8):
    stream = _picture(np.zeros((900, 900), np.uint8), "JPEG2000", no_jp2=True)
    assert codestream_size(stream) == (900, 900)
    with pytest.raises(InputError, match="16 x 24 pixels, received 900 x 900") as caught:
        make.read_all(make.compressed([stream], J2K, pixels=gray8))
    assert caught.value.code is Code.DECODE


def test_fewer_fragments_than_frames(gray8):
    stack = np.stack([gray8] * 3)
    with pytest.raises(InputError, match="3 fragments") as caught:
        make.read_all(make.compressed(_rle(gray8) * 2, RLELossless, pixels=stack, NumberOfFrames=3))
    assert caught.value.code is Code.TRUNCATED


def test_surplus_fragments_are_no_frames(gray8):
    data = make.compressed(_rle(gray8) * 3, RLELossless, pixels=gray8)
    assert len(make.read_all(data)) == 1


@pytest.mark.parametrize("cut", [9, 30, 200])
def test_compressed_file_that_is_cut(gray8, cut):
    data = make.compressed(_rle(gray8), RLELossless, pixels=gray8)
    with pytest.raises(InputError) as caught:
        make.read_all(data[:-cut])
    assert caught.value.code is Code.TRUNCATED
