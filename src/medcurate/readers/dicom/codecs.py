"""Decode compressed and color pixel data of DICOM files with pydicom's plugins.

The size that a codestream declares is compared with the header first, because codecs trust the codestream.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.dicom.elements import UNDEFINED
from medcurate.readers.dicom.gdcm_process import decode_apart
from medcurate.readers.dicom.header import DEFLATED, RLE, Header
from medcurate.readers.dicom.layout import Layout
from medcurate.readers.translate import library_errors

_UID = re.compile(r"(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+", re.ASCII)
_JPEG_DCT = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
_EXPLICIT = "1.2.840.10008.1.2.1"
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}  # SOF0 to SOF15 and SOF55 (JPEG-LS)
_END = b"\xff\xd9"


def decode(header: Header, layout: Layout) -> Iterator[NDArray[np.generic]]:
    """Yield the stored values of each frame.

    Returns
    -------
    iterator of ndarray, shape (rows, columns) or (rows, columns, 3)
        Color comes as RGB.

    Raises
    ------
    InputError
        NO_CODEC (the transfer syntax needs a codec that is not installed), UNSUPPORTED, TRUNCATED, DECODE.
    """
    syntax = _EXPLICIT if header.syntax == DEFLATED else header.syntax
    plugin = _plugin(syntax, layout)
    if layout.encapsulated:
        source = _checked_fragments(header, layout)
    else:
        source = bytes(header.data[header.pixel_start : header.pixel_start + header.pixel_length])
    arrays = _by_gdcm(syntax, source, layout) if plugin == "gdcm" else _by_plugin(syntax, source, layout, plugin)
    expected = (layout.rows, layout.columns, 3)[: 2 if layout.samples == 1 else 3]
    count = 0
    for array in islice(arrays, layout.frames):
        if array.shape != expected:
            raise InputError(Code.DECODE, f"DICOM: expected a frame of {expected}, the codec gave {array.shape}")
        count += 1
        yield array
    if count < layout.frames:
        raise InputError(Code.TRUNCATED, f"DICOM: expected {layout.frames} frames, received {count}")


def _by_plugin(syntax: str, source: bytes, layout: Layout, plugin: str) -> Iterator[NDArray[np.generic]]:
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    with library_errors("DICOM pixel data"):
        options = _options(layout, layout.frames)
        arrays = get_decoder(UID(syntax)).iter_array(source, raw=False, decoding_plugin=plugin, **options)
    while True:
        with library_errors("DICOM pixel data"):
            found = next(arrays, None)
        if found is None:
            return
        yield np.asarray(found[0])


def _by_gdcm(syntax: str, source: bytes, layout: Layout) -> Iterator[NDArray[np.generic]]:
    from pydicom.encaps import encapsulate, generate_frames

    options = _options(layout, 1)
    with library_errors("DICOM pixel data"):
        frames = generate_frames(source, number_of_frames=layout.frames)
    while True:
        with library_errors("DICOM pixel data"):
            frame = next(frames, None)
        if frame is None:
            return
        yield decode_apart(syntax, encapsulate([frame]), options)


def _options(layout: Layout, frames: int) -> dict[str, Any]:
    return {
        "rows": layout.rows,
        "columns": layout.columns,
        "samples_per_pixel": layout.samples,
        "photometric_interpretation": layout.photometric,
        "bits_allocated": layout.allocated,
        "bits_stored": layout.stored,
        "pixel_representation": int(layout.signed),
        "number_of_frames": frames,
        "planar_configuration": int(layout.planar),
        "pixel_keyword": "PixelData",
    }


def _plugin(syntax: str, layout: Layout) -> str:
    """Choose the decoder: pydicom and Pillow report errors; gdcm, which may abort, decodes only the rest."""
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    try:
        decoder = get_decoder(UID(syntax if _UID.fullmatch(syntax) else "0"))
    except NotImplementedError as error:
        raise InputError(
            Code.UNSUPPORTED, "DICOM: the transfer syntax is not supported (video, private or unknown)"
        ) from error
    if not layout.encapsulated:
        return ""
    if syntax in _JPEG_DCT and layout.stored > 8:
        raise InputError(
            Code.UNSUPPORTED,
            f"DICOM: expected JPEG of 8 bits, received lossy JPEG of {layout.stored}; export it without compression",
        )
    for plugin in ("pydicom", "pillow", "gdcm"):
        if plugin in decoder.available_plugins:
            return plugin
    from pydicom.pixels.decoders.gdcm import DECODER_DEPENDENCIES

    if decoder.UID not in DECODER_DEPENDENCIES:
        raise InputError(
            Code.UNSUPPORTED,
            f"DICOM: expected a compression that pydicom, Pillow or gdcm can read, received {decoder.UID.name}; "
            "export it without compression",
        )
    raise InputError(
        Code.NO_CODEC,
        f"DICOM: no codec is installed for {decoder.UID.name}. Install it with: pip install 'medcurate[codecs]'",
    )


def _checked_fragments(header: Header, layout: Layout) -> bytes:
    """Return the encapsulated pixel data once its fragments lie within the file and declare the frame's size."""
    data, size, position = header.data, len(header.data), header.pixel_start
    spans: list[tuple[int, int]] = []
    while position + 8 <= size:
        mark, length = struct.unpack_from("<II", data, position)
        position += 8
        if mark == 0xE0DDFFFE:
            break
        if mark != 0xE000FFFE or length == UNDEFINED:
            raise InputError(Code.DECODE, "DICOM: expected a fragment of compressed pixels, received another element")
        if position + length > size:
            raise InputError(Code.TRUNCATED, "DICOM: the compressed pixels end before their last fragment is complete")
        spans.append((position, length))
        position += length
    spans = spans[1:]  # the first is the basic offset table
    if len(spans) < layout.frames:
        raise InputError(
            Code.TRUNCATED, f"DICOM: expected at least {layout.frames} fragments of pixels, received {len(spans)}"
        )
    for start, length in spans:
        _check_codestream(data[start : start + min(length, 1 << 16)], layout)
    if header.syntax != RLE:
        _check_end(header, layout, spans)
    return bytes(data[header.pixel_start : position])


def _check_end(header: Header, layout: Layout, spans: list[tuple[int, int]]) -> None:
    """Refuse a codestream without an end marker, which codecs would fill up with gray."""
    for start, length in spans if len(spans) == layout.frames else spans[-1:]:
        tail = header.data[max(start, start + length - 64) : start + length].rstrip(b"\0")
        if not (tail.endswith((_END, _END + b"\xff"))):
            raise InputError(Code.DECODE, "DICOM: the compressed pixels end before their end marker; export them again")


def _check_codestream(head: bytes, layout: Layout) -> None:
    found = codestream_size(head)
    if found is not None and found != (layout.rows, layout.columns):
        raise InputError(
            Code.DECODE,
            f"DICOM: expected compressed frames of {layout.rows} x {layout.columns} pixels, "
            f"received {found[0]} x {found[1]}",
        )


def codestream_size(head: bytes) -> tuple[int, int] | None:
    """Return the height and width that a JPEG, JPEG-LS or JPEG 2000 codestream declares, None if it declares none.

    The markers are those of ITU-T T.81 (B.2), T.87 (C.2) and T.800 (A.5).
    """
    if head[:4] == b"\xff\x4f\xff\x51" and len(head) >= 24:
        width, height, left, top = struct.unpack_from(">4I", head, 8)
        return height - top, width - left
    if head[:2] != b"\xff\xd8":
        return None
    position = 2
    for _ in islice(iter(int, 1), 1000):  # real files have fewer segments before the frame header
        if position + 9 > len(head) or head[position] != 0xFF:
            return None
        marker = head[position + 1]
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", head, position + 5)
            return height, width
        position += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", head, position + 2)[0]
    return None
