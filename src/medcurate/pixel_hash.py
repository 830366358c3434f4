"""The identity of an image: a hash of its pixels that does not depend on how they were stored."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_INTEGERS = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32)


def pixel_digest(pixels: NDArray[np.generic]) -> bytes:
    r"""Return the SHA-256 (32 bytes) of the canonical pixels of one image.

    Canonical are: integers in the first of uint8, int8, uint16, int16, uint32, int32, int64 that holds all values, so
    that the same values hash alike whether they were stored with 8 or 16 bits; other numbers as float32, or float64
    where they are; little-endian, row by row. Hashed is the line ``medcurate-pixels-1 <type> <height> <width>\n`` and
    then the pixel bytes.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
    """
    canonical = np.ascontiguousarray(pixels, dtype=_canonical_type(pixels))
    head = f"medcurate-pixels-1 {canonical.dtype.str[1:]} {pixels.shape[0]} {pixels.shape[1]}\n"
    total = hashlib.sha256(head.encode("ascii"))
    total.update(canonical.data)
    return total.digest()


def volume_digest(slices: list[bytes]) -> bytes:
    r"""Return the SHA-256 of a volume: of ``medcurate-volume-1 <slices>\n`` and the digests of its slices in order."""
    return hashlib.sha256(f"medcurate-volume-1 {len(slices)}\n".encode("ascii") + b"".join(slices)).digest()


def is_constant(pixels: NDArray[np.generic]) -> bool:
    """Say whether all pixels have one value; looks at all of them only if corner and center agree."""
    height, width = pixels.shape
    return bool(pixels[0, 0] == pixels[height // 2, width // 2] and np.all(pixels == pixels[0, 0]))


def _canonical_type(pixels: NDArray[np.generic]) -> np.dtype[np.generic]:
    kind = pixels.dtype.kind
    if kind == "f":
        return np.dtype("<f8" if pixels.dtype.itemsize > 4 else "<f4")
    if pixels.dtype == np.uint8 or kind == "b":
        return np.dtype("u1")
    low, high = int(pixels.min()), int(pixels.max())
    for integer in _INTEGERS:
        limits = np.iinfo(integer)
        if limits.min <= low and high <= limits.max:
            return np.dtype(integer).newbyteorder("<")
    return np.dtype("<i8")
