"""From floats in [-1, 1] to gray values of 8 or 16 bits, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

_TYPES: dict[int, type[np.unsignedinteger[Any]]] = {8: np.uint8, 16: np.uint16}


def quantize(images: NDArray[np.floating[Any]], bits: int = 8) -> NDArray[Any]:
    """Return images as integers: -1 becomes 0, 1 the largest value; NaN becomes the middle.

    Parameters
    ----------
    images : ndarray
        Values outside [-1, 1] are clipped.
    bits : {8, 16}
        Of one value.

    Returns
    -------
    ndarray of uint8 or uint16

    Raises
    ------
    UsageError
        Another number of bits.
    """
    if bits not in _TYPES:
        raise UsageError(f"bits: expected {' or '.join(map(str, _TYPES))}, received {bits}")
    largest = 2**bits - 1
    scaled = np.rint((np.nan_to_num(np.asarray(images, np.float32)) + 1.0) * np.float32(largest / 2))
    values: NDArray[Any] = np.clip(scaled, 0, largest).astype(_TYPES[bits])
    return values


def decoded(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return columns with images in [-1, 1]: unsigned integers are decoded by their type, as in a training step."""
    return {
        name: column.astype(np.float32) * np.float32(2.0 / np.iinfo(column.dtype).max) - np.float32(1.0)
        if column.dtype.kind == "u"
        else column
        for name, column in columns.items()
    }
