"""The identity of an image: a hash of its pixels that does not depend on the file format or bit depth."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_INTEGERS = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32)


def pixel_digest(pixels: NDArray[np.generic]) -> bytes:
    r"""Return the SHA-256 (32 bytes) of the canonical pixels of one image.

    Canonical pixels are little-endian, row by row. Integers have the first type of uint8, int8, uint16, int16, uint32,
    int32 and int64 that holds all values, so that the same values give the same hash whether they were stored with 8 or
    16 bits. Other numbers are float32, or float64 if they were given so. The hash covers the line ``medcurate-pixels-1
    <type> <height> <width>\n`` and then the pixel bytes.

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
    r"""Return the SHA-256 of a volume: ``medcurate-volume-1 <slices>\n`` and the digests of its slices in order."""
    return hashlib.sha256(f"medcurate-volume-1 {len(slices)}\n".encode("ascii") + b"".join(slices)).digest()


def is_constant(pixels: NDArray[np.generic]) -> bool:
    """Return whether all pixels have one value; all are compared only if corner and center agree."""
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
