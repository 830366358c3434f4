"""EXIF orientation of raster images.

The eight values are those of the TIFF tag Orientation (274), which EXIF took over.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

ORIENTATION_TAG = 274
UPRIGHT = 1


def parse_exif(block: bytes) -> int:
    r"""Return the orientation that an EXIF block states, 1 (upright) if it states none or is damaged.

    Parameters
    ----------
    block : bytes
        A TIFF header and the directories after it, without the leading ``Exif\0\0``.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 10:
        return UPRIGHT
    (offset,) = struct.unpack_from(order + "I", block, 4)
    if offset + 2 > len(block):
        return UPRIGHT
    (count,) = struct.unpack_from(order + "H", block, offset)
    for entry in range(offset + 2, min(offset + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", block, entry)
        if tag == ORIENTATION_TAG and kind == 3:
            return value if 1 <= value <= 8 else UPRIGHT
    return UPRIGHT


def upright(pixels: NDArray[np.generic], orientation: int) -> NDArray[np.generic]:
    """Rotate or mirror pixels so that the image is upright.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, channels)
    orientation : int
        1 to 8: 2, 4, 5 and 7 are mirrored; 5 to 8 swap height and width.
    """
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
