"""Generated slices as PNG files: their pixels, and texts that say that they show no patient."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.files import PNG_LEVEL, encode_png
from medcurate.errors import UsageError
from medcurate.generate.synthetic.made_file import MadeFile, Pixels
from medcurate.pixel_hash import pixel_digest

_HEAD = 8 + 25  # signature and IHDR, which comes first
_LONGEST_KEY = 79
_TYPES = (np.uint8, np.uint16)


def image_id(pixels: Pixels) -> str:
    """Return the ID of an image: the first 16 hex digits of the SHA-256 of its canonical pixels."""
    return pixel_digest(pixels).hex()[:16]


def as_images(drawn: Pixels, contrasts: int) -> Pixels:
    """Return the images of some draws, those of one draw after each other.

    Parameters
    ----------
    drawn : ndarray of uint8 or uint16, shape (n, height, width) or (n, height, width, channels)
    contrasts : int
        Channels that are gray images of their own; 0 where a draw is one image.

    Returns
    -------
    ndarray, shape (n * contrasts, height, width), or (n, height, width[, 3])

    Raises
    ------
    UsageError
        Another type or number of channels; a PNG of one image has 1 (gray) or 3 (color, 8 bits).
    """
    if contrasts:
        if drawn.dtype not in _TYPES or drawn.ndim != 4 or drawn.shape[3] != contrasts:
            raise UsageError(
                f"images: expected uint8 or uint16 of shape (n, height, width, {contrasts}), received {drawn.dtype} "
                f"{drawn.shape}"
            )
        return np.ascontiguousarray(drawn.transpose(0, 3, 1, 2)).reshape(-1, *drawn.shape[1:3])
    if drawn.dtype not in _TYPES or drawn.ndim not in (3, 4):
        raise UsageError(
            f"images: expected uint8 or uint16 of shape (n, height, width[, channels]), received {drawn.dtype} "
            f"{drawn.shape}"
        )
    if drawn.ndim == 3:
        return drawn
    if drawn.shape[3] not in (1, 3) or (drawn.shape[3] == 3 and drawn.dtype != np.uint8):
        raise UsageError(f"a PNG image has 1 or 3 channels; the generator draws {drawn.shape[3]} of {drawn.dtype}")
    return drawn[..., 0] if drawn.shape[3] == 1 else drawn


def make_png(pixels: Pixels, words: Mapping[str, str]) -> MadeFile:
    """Return the file of one image, see `encode`."""
    height, width = pixels.shape[:2]
    columns = {
        "format": "png",
        "kind": "image",
        "height": height,
        "width": width,
        "bit_depth": 8 * pixels.dtype.itemsize,
    }
    return MadeFile(image_id(pixels), encode(pixels, words), columns)


def encode(pixels: Pixels, words: Mapping[str, str]) -> bytes:
    """Return a PNG file with words in it that picture viewers show; the same input gives the same bytes.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (height, width), or of uint8, shape (height, width, 3)
    words : mapping of str to str
        Keyword to text, Latin-1, as ``tEXt`` chunks.
    """
    plain = encode_png(pixels) if pixels.ndim == 2 else _encode_color(pixels)
    return plain[:_HEAD] + b"".join(_chunk(key, text) for key, text in words.items()) + plain[_HEAD:]


def _encode_color(pixels: Pixels) -> bytes:
    settings = [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL]
    done, content = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]), settings)
    if not done:
        raise ValueError(f"the PNG encoder refused an image of shape {pixels.shape}")
    encoded: NDArray[Any] = content
    return encoded.tobytes()


def _chunk(key: str, text: str) -> bytes:
    """Return a ``tEXt`` chunk (PNG specification, third edition, 11.3.3.2)."""
    if not 0 < len(key) <= _LONGEST_KEY or "\0" in key + text:
        raise ValueError(f"expected a keyword of 1 to {_LONGEST_KEY} characters and text without NUL, received {key!r}")
    body = b"tEXt" + key.encode("latin-1") + b"\0" + text.encode("latin-1")
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
