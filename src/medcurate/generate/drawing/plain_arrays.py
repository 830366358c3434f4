"""The arrays that our files may hold, and their names: plain numbers, nothing that could run or refer elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

Arrays = Mapping[str, NDArray[Any]]

TYPES = frozenset(
    ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64")
)
"""Types that every reader of NumPy and HDF5 files knows; bfloat16 and the like are not among them."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:+-]*(/[A-Za-z0-9_][A-Za-z0-9_.:+-]*)*")
_LONGEST = 240


def checked(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Return the arrays in little-endian order, sorted by name.

    Raises
    ------
    UsageError
        A name or type that the file cannot hold; the message says which are.
    """
    given: Mapping[str, object] = arrays  # callers outside our types give anything
    for name, array in given.items():
        if not is_name(name):
            raise UsageError(
                f"array {name!r}: expected a name of letters, digits and _.:+- in parts joined by '/', "
                f"of at most {_LONGEST} characters"
            )
        if not isinstance(array, np.ndarray) or not is_plain(array.dtype):
            kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise UsageError(
                f"array {name!r}: expected a NumPy array of {', '.join(sorted(TYPES))}; received {kind}. "
                "Convert it first: float32 holds every bfloat16 exactly"
            )
    return {name: _little_endian(arrays[name]) for name in sorted(arrays)}


def is_name(name: object) -> bool:
    """Return whether an array may have this name."""
    return isinstance(name, str) and len(name) <= _LONGEST and _NAME.fullmatch(name) is not None


def is_plain(dtype: np.dtype[Any]) -> bool:
    """Return whether an array may have this type."""
    return dtype.fields is None and dtype.subdtype is None and dtype.newbyteorder("=").name in TYPES


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
