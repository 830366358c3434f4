"""PNG: full depth, palette applied, alpha composited on black, first frame of an animated one.

The checksum of every chunk is verified before decoding, because decoders differ in strictness.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.gray import to_gray
from medcurate.readers.limits import check_raster
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions
from medcurate.readers.orientation import UPRIGHT, parse_exif, upright
from medcurate.readers.quiet import quiet_stderr

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


@dataclass(frozen=True, slots=True)
class PngHeader:
    """The header chunk and the orientation.

    Attributes
    ----------
    height, width : int
        Pixels as stored.
    bit_depth : int
        1, 2, 4, 8 or 16 bits per sample.
    color_type : int
        0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.
    orientation : int
        EXIF orientation, 1 to 8.
    """

    height: int
    width: int
    bit_depth: int
    color_type: int
    orientation: int


def matches(head: bytes) -> bool:
    """Return whether the file starts like a PNG."""
    return head[:8] == SIGNATURE


def read(blob: Blob, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Frame]:
    """Yield the one image of a PNG file; of an animated PNG the default image, which every viewer shows first.

    Raises
    ------
    InputError
        `TRUNCATED`, `BAD_HEADER`, `BAD_DIMS`, `BOMB`, `DECODE` (checksum or data stream).
    """
    data = blob.bytes()
    header = parse_header(data, options)
    samples = _decode_wide(data) if header.bit_depth == 16 and header.color_type != 0 else _decode(data)
    pixels, colored = to_gray(samples)
    if header.orientation != UPRIGHT:
        pixels = upright(pixels, header.orientation)
    yield Frame(pixels, Facts(format="png", bit_depth=header.bit_depth, notes=(Code.COLOR,) if colored else ()))


def parse_header(data: bytes, options: ReadOptions) -> PngHeader:
    """Check the chunks: sizes first, then checksums, without decoding.

    Raises
    ------
    InputError
        `TRUNCATED`, `BAD_HEADER`, `BAD_DIMS`, `BOMB`, `DECODE`.
    """
    if len(data) < 33:
        raise InputError(Code.TRUNCATED, f"The PNG ends within its header, after {len(data)} bytes. Copy it again.")
    width, height, depth, color, *_ = struct.unpack(">IIBBBBB", data[16:29])
    if data[12:16] != b"IHDR" or depth not in _DEPTHS.get(color, ()):
        raise InputError(Code.BAD_HEADER, f"Expected a valid PNG header chunk, received color {color}, {depth} bits.")
    check_raster(height, width, options)
    orientation = UPRIGHT
    for kind, body in _chunks(data):
        if kind == b"eXIf":
            orientation = parse_exif(body)
    return PngHeader(height, width, depth, color, orientation)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each chunk, the last one included."""
    kind, position = b"", len(SIGNATURE)
    while kind != b"IEND":
        kind, body, position = _chunk(data, position)
        yield kind, body


def _chunk(data: bytes, position: int) -> tuple[bytes, bytes, int]:
    if position + 12 > len(data):
        raise InputError(Code.TRUNCATED, f"The PNG ends before its last chunk, after {len(data)} bytes. Copy it again.")
    (length,) = struct.unpack_from(">I", data, position)
    kind, end = data[position + 4 : position + 8], position + 12 + length
    if end > len(data):
        raise InputError(Code.TRUNCATED, f"A PNG chunk declares {length} bytes, the file ends before. Copy it again.")
    if struct.pack(">I", zlib.crc32(data[position + 4 : end - 4])) != data[end - 4 : end]:
        raise InputError(Code.DECODE, f"The checksum of the PNG chunk at byte {position} is wrong. Copy it again.")
    return kind, data[position + 8 : end - 4], end


def _decode(data: bytes) -> NDArray[np.generic]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                if image.mode == "I;16":
                    return np.asarray(image)
                if image.mode == "I":  # older Pillow
                    return np.asarray(image).astype(np.uint16)
                if image.mode == "1":
                    return np.asarray(image.convert("L"))
                if image.mode == "P" or "transparency" in image.info:
                    return np.asarray(image.convert("RGBA"))
                return np.asarray(image)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _translate(error) from error


def _decode_wide(data: bytes) -> NDArray[np.generic]:
    """Decode 16-bit RGB and alpha with OpenCV: Pillow reduces them to 8 bits."""
    with quiet_stderr():
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise _translate(None)
    if decoded.ndim == 3:
        decoded[:, :, :3] = decoded[:, :, 2::-1]
    return decoded


def _translate(error: Exception | None) -> InputError:
    if "truncated" in str(error):
        return InputError(Code.TRUNCATED, "The PNG's data stream ends before the image is complete. Copy it again.")
    return InputError(Code.DECODE, "The PNG's data stream is damaged and does not decode. Copy the file again.")
