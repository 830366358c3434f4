"""Deterministic mutations of small DICOM files: every outcome is frames, or an `InputError` with a code."""

from __future__ import annotations

import io
import os
import struct

import numpy as np
import pytest
from PIL import Image
from pydicom.pixels import get_encoder
from pydicom.uid import RLELossless

from medcurate.errors import Code, InputError
from tests.readers.dicom import dicom_samples as make

MUTATIONS = int(os.environ.get("MEDCURATE_FUZZ", "20000"))
_TAGS = [
    struct.pack("<HH", group, number)
    for group, number in [
        (8, 8), (8, 0x16), (0x10, 0x20), (0x20, 0x32), (0x20, 0x37), (0x28, 2), (0x28, 4), (0x28, 8), (0x28, 0x10),
        (0x28, 0x11), (0x28, 0x100), (0x28, 0x101), (0x28, 0x102), (0x28, 0x103), (0x28, 0x1052), (0x28, 0x1053),
        (0x7FE0, 0x10), (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD), (0x5200, 0x9229), (0x5200, 0x9230),
        (0x19, 0x100A), (0x28, 0x3000), (4, 0x1220), (2, 0x10), (0x7FE0, 8), (0x28, 0x1101),
    ]
]  # fmt: skip
_VRS = [b"OB", b"OW", b"SQ", b"UN", b"US", b"DS", b"CS", b"UI", b"??", b"\0\0", b"FD"]
_WORDS = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\1\0\0\0",
    b"\0\0\0\x80",
    b"\xff\xff",
    b"\0\0",
    b"\x08\0",
]


def _seeds() -> list[bytes]:
    small = make.ramp(8, 8)
    shape = {"rows": 8, "columns": 8, "number_of_frames": 1, "samples_per_pixel": 1}
    rle = get_encoder(RLELossless).encode(
        small, encoding_plugin="pydicom", photometric_interpretation="MONOCHROME2", bits_allocated=16, bits_stored=16,
        pixel_representation=0, **shape,
    )  # fmt: skip
    streams = {}
    for kind, options in (("JPEG", {}), ("JPEG2000", {"no_jp2": True})):
        stream = io.BytesIO()
        Image.fromarray(small.astype(np.uint8)).save(stream, kind, **options)
        streams[kind] = stream.getvalue()
    byte = small.astype(np.uint8)
    color = make.image(np.zeros((4, 4, 3), np.uint8))
    palette = make.image(byte % 4, PhotometricInterpretation="PALETTE COLOR")
    for name in ("Red", "Green", "Blue"):
        setattr(palette, f"{name}PaletteColorLookupTableDescriptor", [4, 0, 16])
        setattr(palette, f"{name}PaletteColorLookupTableData", bytes(range(8)))
    csa = make.csa_header(NumberOfImagesInMosaic=(4,), SliceNormalVector=(0, 0, 1))
    enhanced = make.enhanced([make.AXIAL] * 2, [(0, 0, 0), (0, 0, 5)], shared=False, undefined=True)
    window = {"WindowCenter": 40, "WindowWidth": 80, "RescaleSlope": 2, "RescaleIntercept": -9}
    return [
        *(make.sample(small, syntax, **window) for syntax in make.NATIVE),
        make.sample(small, make.DEFLATED),
        make.sample(small, PhotometricInterpretation="MONOCHROME1", BitsStored=12, HighBit=11, PixelRepresentation=1),
        make.to_bytes(enhanced),
        make.to_bytes(make.mosaic(np.ones((4, 4, 4), np.uint16), csa=csa, count=False)),
        make.compressed([rle], RLELossless, pixels=small),
        make.compressed([streams["JPEG"]], "1.2.840.10008.1.2.4.50", pixels=byte),
        make.compressed([streams["JPEG2000"]], "1.2.840.10008.1.2.4.90", pixels=byte),
        make.to_bytes(color),
        make.to_bytes(palette),
    ]


def _mutate(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        kind, at = int(rng.integers(8)), int(rng.integers(0 if rng.random() < 0.05 else 132, max(133, len(out))))
        if kind == 0:
            out[at : at + 1] = bytes([out[at : at + 1][0] ^ (1 << int(rng.integers(8)))]) if at < len(out) else b""
        elif kind == 1:
            del out[at:]
        elif kind == 2:
            out[at : at + 4] = _WORDS[int(rng.integers(len(_WORDS)))]
        elif kind == 3:
            out[at : at + 4] = rng.bytes(4)
        elif kind == 4:  # another value, length or VR for a tag that counts
            found = out.find(_TAGS[int(rng.integers(len(_TAGS)))])
            if found >= 0:
                at = found + int(rng.choice([4, 6, 8, 8, 10]))
                out[at : at + 2] = _VRS[int(rng.integers(len(_VRS)))] if rng.random() < 0.3 else rng.bytes(2)
        elif kind == 5:  # one tag becomes another
            found = out.find(_TAGS[int(rng.integers(len(_TAGS)))])
            if found >= 0:
                out[found : found + 4] = _TAGS[int(rng.integers(len(_TAGS)))]
        elif kind == 6:
            size = int(rng.integers(1, 40))
            out[at:at] = out[at : at + size]
        else:
            del out[at : at + int(rng.integers(1, 40))]
    return bytes(out)


@pytest.mark.parametrize("seed", range(12))
def test_mutations_give_frames_or_a_code(seed: int):
    seeds = _seeds()
    assert len(seeds) == 12
    data = seeds[seed]
    assert make.read_all(data)
    rng = np.random.default_rng(seed)
    codes: set[Code | None] = set()
    messages: set[str] = set()
    for _ in range(-(-MUTATIONS // 12)):
        mutated = _mutate(data, rng)
        try:
            frames = make.read_all(mutated)
        except InputError as error:
            codes.add(error.code)
            messages.add(str(error).lower())
        else:
            codes.add(None)
            assert frames
            for frame in frames:
                assert frame.pixels.ndim == 2
                assert frame.pixels.dtype.name in ("uint8", "int16", "uint16", "int32", "float32")
                assert np.isfinite(frame.pixels).all()
    assert not any("secret" in message for message in messages)
    assert Code.INTERNAL not in codes
    assert {None, Code.TRUNCATED} <= codes
