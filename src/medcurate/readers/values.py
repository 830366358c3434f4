"""Canonical data types: finite values in the narrowest type that holds them exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_INTEGERS = (np.uint8, np.int16, np.uint16, np.int32)
_BLOCK = 1 << 20


def fill_nonfinite(values: NDArray[np.generic]) -> tuple[NDArray[np.generic], int]:
    """Replace NaN and infinite values by the least finite value (0 if there is none).

    Parameters
    ----------
    values : ndarray
        Any real type; integers are returned unchanged.

    Returns
    -------
    values : ndarray
        Without NaN and infinity; a copy if values were replaced.
    count : int
        Number of replaced values.
    """
    if values.dtype.kind != "f":
        return values, 0
    finite = np.isfinite(values)
    count = int(values.size - np.count_nonzero(finite))
    if count == 0:
        return values, 0
    low = values[finite].min() if count < values.size else values.dtype.type(0)
    return np.where(finite, values, low), count


def narrowest_type(values: NDArray[np.generic]) -> np.dtype[np.generic]:
    """Return the first of uint8, int16, uint16, int32 that holds all values exactly, float32 if none does.

    Parameters
    ----------
    values : ndarray
        Finite real values.
    """
    if values.dtype == np.uint8 or values.size == 0 or values.dtype == np.bool_:
        return np.dtype(np.uint8)
    low, high = values.min(), values.max()
    for kind in _INTEGERS:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return np.dtype(kind) if values.dtype.kind in "iu" or _whole(values) else np.dtype(np.float32)
    return np.dtype(np.float32)


def cast(values: NDArray[np.generic], kind: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Convert to `kind` as a C-contiguous array; values beyond float32 are clipped."""
    if kind == np.float32 and values.dtype.kind == "f" and values.dtype.itemsize > 4:
        limit = np.finfo(np.float32).max
        values = np.clip(values, -limit, limit)
    with np.errstate(under="ignore"):
        return np.ascontiguousarray(values, dtype=kind)


def _whole(values: NDArray[np.generic]) -> bool:
    flat = values.reshape(-1) if values.flags.c_contiguous else values.ravel(order="K")
    sample = flat[:: max(1, flat.size // 4096)]
    if (sample != np.rint(sample)).any():
        return False
    blocks = (flat[start : start + _BLOCK] for start in range(0, flat.size, _BLOCK))
    return all(bool((block == np.rint(block)).all()) for block in blocks)
