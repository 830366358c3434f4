"""A perceptual hash that is similar for copies of an image, independent of storage, framing and windowing.

The image is cropped to its content (`content_box`), scaled to a square, and its gray values are replaced by their
ranks, so borders, sizes and windows have no influence. The hash is 256 signs of the lowest frequencies of that square
(pHash: Zauner, Implementation and benchmarking of perceptual image hash functions, 2010, as in `imagehash.phash`). The
search uses two kinds: one hash per rotated and mirrored view of the whole (`turned_hashes`), and one per window within
it (`window_hashes`), one of which is similar to the whole of a copy with cropped margins.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL = 96
"""Height and width of the thumbnail (pixels)."""

HASH_BYTES = 32
"""Bytes of a hash: 16 by 16 frequencies."""

CUT = 0.07
"""Fraction of the height or width by which a window is smaller at one side."""

_CUTS = ((0.0, 0.0), (0.0, CUT), (CUT, 0.0), (CUT, CUT), (CUT / 2, CUT / 2))
# A copy lacks 0 to 10 % of its content at each side; one of these is always close to that along an axis.
WINDOWS: tuple[tuple[float, float, float, float], ...] = tuple(
    (*rows, *columns) for rows, columns in product(_CUTS, _CUTS)
)
"""Hashed windows: fractions removed at the top, bottom, left and right."""

TURNS = tuple(
    (transposed, down, right) for transposed in (False, True) for down in (False, True) for right in (False, True)
)
"""The eight views of a square: transposed first, then mirrored top to bottom, then left to right."""

_SIDE = 64
_LOW = 16
_LINE_TOLERANCE = 0.1
_LINE_OUTLIERS = 0.02

Thumbnail = NDArray[np.uint8]


class Box(NamedTuple):
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right`` of an image, ends excluded (pixels)."""

    top: int
    bottom: int
    left: int
    right: int


def hash_image(pixels: NDArray[np.generic]) -> bytes:
    """Return the hash of an image, 32 bytes; see the module docstring.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
        Gray values of any type and range; high values are bright.
    """
    return bytes(turned_hashes(stretched(*content(pixels, content_box(pixels))))[0])


def content_box(pixels: NDArray[np.generic]) -> Box:
    """Return the box of the content, after removal of nearly constant lines at the four sides.

    A line is removed if at most 2 % of its pixels differ from its median by more than a tenth of the image's range (1st
    to 99th percentile), so that noise and a few letters do not count as content. If nothing remains, the box is the
    whole image.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
    """
    height, width = pixels.shape
    step = max(1, max(height, width) // 128)
    small = pixels[::step, ::step].astype(np.float32)
    low, high = np.percentile(small, (1, 99))
    tolerance = _LINE_TOLERANCE * float(high - low)
    top, bottom, left, right = 0, small.shape[0], 0, small.shape[1]
    before = None
    while before != (top, bottom, left, right) and tolerance > 0:
        before = (top, bottom, left, right)
        flat = _flat_lines(small[top:bottom, left:right], tolerance)
        if flat.all():
            break
        top, bottom = top + int(np.argmin(flat)), bottom - int(np.argmin(flat[::-1]))
        flat = _flat_lines(small[top:bottom, left:right].T, tolerance)
        if flat.all():
            break
        left, right = left + int(np.argmin(flat)), right - int(np.argmin(flat[::-1]))
    if bottom - top < 2 or right - left < 2:
        return Box(0, height, 0, width)
    return Box(top * step, min(bottom * step, height), left * step, min(right * step, width))


def _flat_lines(part: NDArray[np.float32], tolerance: float) -> NDArray[np.bool_]:
    """Return a mask of the lines that are constant except for a few pixels."""
    middle = np.median(part, axis=1, keepdims=True)
    return np.asarray((np.abs(part - middle) > tolerance).mean(axis=1) <= _LINE_OUTLIERS)


def content(pixels: NDArray[np.generic], box: Box) -> tuple[NDArray[np.float32], float, float]:
    """Return the content of an image as a square of 96 by 96 pixels, and the gray values of its black and white.

    Black is the darkest value of the square; white is such that the brightest 0.2 % of it are above.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
    box : Box
        From `content_box`.
    """
    part = resized(np.ascontiguousarray(pixels[box.top : box.bottom, box.left : box.right], np.float32), THUMBNAIL)
    low, high = float(part.min()), float(np.percentile(part, 99.8))
    return part, low, high if high > low else float(part.max())


def resized(part: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return an image as a square of `side` pixels, by averaging for reduction and interpolation for enlargement."""
    height, width = part.shape
    across = (min(width, side), min(height, side))
    reduced = cv2.resize(part, across, interpolation=cv2.INTER_AREA) if across != (width, height) else part
    if across != (side, side):
        reduced = cv2.resize(reduced, (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(reduced, np.float32)


def stretched(part: NDArray[np.float32], low: float, high: float) -> Thumbnail:
    """Return gray values from 0 (at `low` and below) to 255 (at `high` and above)."""
    scale = 255.0 / (high - low) if high > low else 0.0
    return np.asarray(np.clip((part - low) * scale + 0.5, 0, 255), np.uint8)


def turned_hashes(thumb: Thumbnail) -> NDArray[np.uint8]:
    """Return the hashes of the eight views of a thumbnail, shape (8, 32), in the order of `TURNS`."""
    low = _low_frequencies(_ranks(thumb)[None])[0]
    sign = np.where(np.arange(_LOW) % 2, -1.0, 1.0).astype(np.float32)
    views = []
    for transposed, down, right in TURNS:
        view = low.T if transposed else low
        # A mirrored image has the same coefficients, the odd ones with opposite sign.
        view = view * sign[:, None] if down else view
        views.append(view * sign[None] if right else view)
    return _bits(np.stack(views))


def window_hashes(thumb: Thumbnail) -> NDArray[np.uint8]:
    """Return the hashes of the windows of a thumbnail, shape (25, 32), in the order of `WINDOWS`."""
    parts = []
    for top, bottom, left, right in WINDOWS:
        rows = slice(round(top * THUMBNAIL), round((1 - bottom) * THUMBNAIL))
        columns = slice(round(left * THUMBNAIL), round((1 - right) * THUMBNAIL))
        parts.append(_ranks(thumb[rows, columns]))
    return _bits(_low_frequencies(np.stack(parts)))


def turn(picture: NDArray[np.generic], number: int) -> NDArray[np.generic]:
    """Return one of the eight views of an image; `number` is an index into `TURNS`."""
    transposed, down, right = TURNS[number]
    view = picture.T if transposed else picture
    view = view[::-1] if down else view
    return np.ascontiguousarray(view[:, ::-1] if right else view)


def _ranks(picture: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return an image of 64 by 64 pixels with uniform gray-value distribution, the same for every window setting."""
    small = cv2.resize(np.ascontiguousarray(picture, np.uint8), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.equalizeHist(small), np.float32)


def _cosines() -> NDArray[np.float32]:
    frequency, place = np.arange(_LOW)[:, None], np.arange(_SIDE)[None]
    return np.asarray(2 * np.cos(np.pi * frequency * (2 * place + 1) / (2 * _SIDE)), np.float32)


_COSINES = _cosines()


def _low_frequencies(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the lowest 16 by 16 coefficients of the cosine transform (type II) of each image."""
    return np.asarray(_COSINES @ pictures @ _COSINES.T, np.float32)


def _bits(low: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return 32 bytes per block of coefficients: the bits of those above their median."""
    flat = low.reshape(len(low), -1)
    return np.packbits(flat > np.median(flat, axis=1, keepdims=True), axis=1)
