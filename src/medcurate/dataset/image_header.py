"""Shape and depth of an image file, from its header: no pixel is decoded."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import NamedTuple

from PIL import Image

_PNG = b"\x89PNG\r\n\x1a\n"
_IHDR = 26  # signature, length and name of the first chunk, width, height, depth, color type
_BITS_PER_SAMPLE = 258  # tag of TIFF


class ImageHeader(NamedTuple):
    """What a header says.

    Attributes
    ----------
    height, width : int
        In pixels.
    bits : int
        8 or 16: of one value, as `medcurate.dataset.files.read_image` returns it.
    """

    height: int
    width: int
    bits: int


def read_header(path: Path) -> ImageHeader | None:
    """Read the header of an image file: PNG, JPEG, TIFF, BMP or WebP.

    Returns
    -------
    ImageHeader or None
        None where it cannot be read: whoever decodes the pixels will say why.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(_IHDR)
        if start[:8] == _PNG and len(start) == _IHDR:
            width, height, bits = struct.unpack(">IIB", start[16:25])
            return ImageHeader(height, width, 16 if bits == 16 else 8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on large images: none is decoded here
            with Image.open(path) as image:
                tags = getattr(image, "tag_v2", {})
                bits = 16 if max(tags.get(_BITS_PER_SAMPLE, (8,))) > 8 else 8
                return ImageHeader(image.height, image.width, bits)
    except (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError):
        return None
