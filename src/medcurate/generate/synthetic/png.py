"""One generated image as a file: its pixels, and a few words that say that it shows no patient."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.files import PNG_LEVEL, encode_png
from medcurate.errors import UsageError
from medcurate.pixel_hash import pixel_digest

_HEAD = 8 + 25  # signature and IHDR, which comes first
_LONGEST_KEY = 79


def image_id(pixels: NDArray[np.uint8]) -> str:
    """Return the ID of an image: the first 16 hex digits of the SHA-256 of its canonical pixels."""
    return pixel_digest(pixels).hex()[:16]


def as_pictures(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images of one channel without the axis of channels, others as they are.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width) or (n, height, width, channels)

    Raises
    ------
    UsageError
        A PNG cannot hold them: it has 1 channel (gray) or 3 (color).
    """
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise UsageError(
            f"images: expected uint8 of shape (n, height, width[, channels]), received {images.dtype} {images.shape}"
        )
    if images.ndim == 3:
        return images
    if images.shape[3] not in (1, 3):
        raise UsageError(f"a PNG image has 1 or 3 channels; the generator draws {images.shape[3]}")
    return images[..., 0] if images.shape[3] == 1 else images


def as_contrasts(images: NDArray[np.uint8], contrasts: int) -> NDArray[np.uint8]:
    """Return the channels of images as gray images, those of one image after each other.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, contrasts)
    contrasts : int

    Returns
    -------
    ndarray of uint8, shape (n * contrasts, height, width)

    Raises
    ------
    UsageError
        Another type or number of channels.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != contrasts:
        raise UsageError(
            f"images: expected uint8 of shape (n, height, width, {contrasts}), received {images.dtype} {images.shape}"
        )
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(-1, *images.shape[1:3])


def encode(pixels: NDArray[np.uint8], words: Mapping[str, str]) -> bytes:
    """Return a PNG file with words in it that picture viewers show; the same input gives the same bytes.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width) or (height, width, 3)
    words : mapping of str to str
        Keyword to text, Latin-1, as ``tEXt`` chunks.
    """
    plain = encode_png(pixels) if pixels.ndim == 2 else _encode_color(pixels)
    return plain[:_HEAD] + b"".join(_chunk(key, text) for key, text in words.items()) + plain[_HEAD:]


def _encode_color(pixels: NDArray[np.uint8]) -> bytes:
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
