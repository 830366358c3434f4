"""JPEG: stored gray values, upright; damaged files are refused.

Images are decoded by libjpeg-turbo (simplejpeg), which reports damage that OpenCV hides with gray.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.frame import Facts, Frame
from medcurate.readers.gray import is_colored, to_gray
from medcurate.readers.limits import check_raster
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions
from medcurate.readers.orientation import UPRIGHT, upright
from medcurate.readers.raster.jpeg_header import JpegHeader, parse_header
from medcurate.readers.translate import library_errors

_DECODABLE_PROCESSES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
_HARMLESS = re.compile(
    r"\b(1?\d) extraneous bytes before marker 0xd9"  # padding before the end; more bytes mean lost image data
    "|Unknown Adobe color transform|unknown JFIF revision|Invalid SOS parameters"
)
_CUT = "Premature end of JPEG file"  # not "premature end of data segment", which means damage


def matches(head: bytes) -> bool:
    """Return whether the file starts like a JPEG."""
    return head[:3] == b"\xff\xd8\xff"


def read(blob: Blob, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Frame]:
    """Yield the one image of a JPEG file.

    Raises
    ------
    InputError
        `TRUNCATED`, `BAD_HEADER`, `BAD_DIMS`, `BOMB`, `NO_CODEC` (lossless or 12 bit), `DECODE`.
    """
    data = blob.bytes()
    header = parse_header(data)
    check_raster(header.height, header.width, options)
    if header.process not in _DECODABLE_PROCESSES or header.precision != 8:
        raise InputError(
            Code.NO_CODEC,
            "Expected an 8-bit baseline or progressive JPEG, received process "
            f"0x{header.process:02x} with {header.precision} bits. Convert it to PNG first.",
        )
    pixels, colored = _decode_cmyk(data) if header.components == 4 else _decode(data, header, options)
    if header.orientation != UPRIGHT:
        pixels = upright(pixels, header.orientation)
    yield Frame(pixels, Facts(format="jpeg", bit_depth=8, notes=(Code.COLOR,) if colored else ()))


def shows_color(data: bytes) -> bool:
    """Return whether a three-component JPEG shows real color, decoded at an eighth of its size.

    At an eighth only the mean of each 8 x 8 block is used, which also averages the noise that JPEG adds to chroma.

    Parameters
    ----------
    data : bytes
        A JPEG that decodes without a warning.
    """
    small = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_8 | cv2.IMREAD_IGNORE_ORIENTATION)
    return small is not None and is_colored(small)


def has_color(data: bytes) -> bool:
    """Return whether any JPEG shows real color; False if it cannot be read."""
    try:
        header = parse_header(data)
    except InputError:
        return False
    return header.components == 3 and shows_color(data)


def _decode(data: bytes, header: JpegHeader, options: ReadOptions) -> tuple[NDArray[np.generic], bool]:
    try:
        pixels = simplejpeg.decode_jpeg(data, "GRAY")
    except ValueError as error:
        if not _HARMLESS.search(str(error)):
            raise _translate(error) from error
        with library_errors("JPEG"):
            samples = simplejpeg.decode_jpeg(data, "RGB" if header.components == 3 else "GRAY", strict=False)
        return to_gray(samples)
    return pixels[:, :, 0], options.check_color and header.components == 3 and shows_color(data)


def _decode_cmyk(data: bytes) -> tuple[NDArray[np.generic], bool]:
    try:
        simplejpeg.decode_jpeg(data, "CMYK")  # strict: Pillow alone would accept damage
    except ValueError as error:
        raise _translate(error) from error
    with library_errors("JPEG"), Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        return to_gray(np.asarray(image.convert("RGB")))


def _translate(error: Exception) -> InputError:
    if _CUT in str(error):
        return InputError(Code.TRUNCATED, "The JPEG ends before its image data is complete. Copy it again.")
    return InputError(Code.DECODE, "The JPEG data is damaged and does not decode. Copy it again.")
