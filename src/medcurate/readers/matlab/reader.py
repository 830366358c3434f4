"""MATLAB files of all versions: v7.3 through h5py, 5 and 4 through SciPy, with the same checks."""

from __future__ import annotations

from collections.abc import Iterator

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.frame import Frame
from medcurate.readers.matlab import hdf5 as matlab_hdf5
from medcurate.readers.matlab.classic import ClassicVariables, is_v4, is_v5
from medcurate.readers.matlab.record import frames
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions

_HEAD_BYTES = 4096
_MOST_CLASSIC_BYTES = 2**29


def matches(head: bytes) -> bool:
    """Return whether the file starts like a MATLAB or HDF5 file."""
    return matlab_hdf5.is_hdf5(head) or is_v5(head) or head.startswith(b"MATLAB ") or is_v4(head)


def read(blob: Blob, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Frame]:
    """Yield the image of a MATLAB file, then the tumor mask if there is one of the same size.

    Raises
    ------
    InputError
        `SCHEMA`, `BAD_DIMS`, `UNSAFE_LINK`, `TRUNCATED`, `BAD_HEADER`, `BOMB`, `TOO_DEEP`, `UNSUPPORTED`, `DECODE`,
        `NO_CODEC`.
    """
    head = blob.head(_HEAD_BYTES)
    if matlab_hdf5.is_hdf5(head):
        with matlab_hdf5.opened(blob, options) as variables:
            yield from frames(variables, options)
        return
    if not (is_v5(head) or is_v4(head)):
        raise InputError(
            Code.TRUNCATED, f"The MATLAB file ends within its header, after {blob.size} bytes. Copy it again."
        )
    if blob.size > _MOST_CLASSIC_BYTES:
        raise InputError(Code.TOO_LARGE, f"Expected at most {_MOST_CLASSIC_BYTES:,} bytes for one MATLAB image.")
    yield from frames(ClassicVariables(blob.bytes(), options), options)
