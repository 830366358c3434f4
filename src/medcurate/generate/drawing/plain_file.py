"""Arrays and a JSON object in one file that cannot run anything: a zip archive of plain NumPy arrays.

No pickles are written or read. The same content gives the same bytes; what a file declares is compared with what it
holds before an array is allocated.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.drawing.plain_arrays import Arrays, checked, is_name, is_plain

_STATE = "state.json"
_NPY = ".npy"
_STORED_FLAGS = 0x08 | 0x800  # sizes behind the data, names in UTF-8; anything else (encryption) is not ours
_DATE = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20
_ZIP64_BYTES = 1 << 30
_STATE_BYTES = 1 << 26


class DamagedError(Exception):
    """A file is not what was written."""


class PlainFile:
    """The content of a file, written in one go from start to end, the same each time.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Boolean, integer or floating-point arrays.
    state : mapping
        Anything that JSON gives back unchanged.
    what : str
        What the state is of, for messages.

    Raises
    ------
    UsageError
        An array has another type, such as bfloat16, or JSON does not give the state back unchanged.
    """

    def __init__(self, arrays: Arrays, state: Mapping[str, Any], what: str) -> None:
        self._arrays = checked(arrays)
        self._state = _as_json(state, what)

    @property
    def sha256(self) -> str:
        """Of the bytes, as hexadecimal digits."""
        hashing = _Hashing()
        self._write(hashing)
        return hashing.total.hexdigest()

    def write(self, stream: BinaryIO) -> None:
        """Write the bytes."""
        self._write(_Forward(stream))

    def _write(self, sink: io.RawIOBase) -> None:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_member(_STATE, len(self._state)), self._state)
            for name, array in self._arrays.items():
                member = _member(name + _NPY, array.nbytes)
                with archive.open(member, "w", force_zip64=array.nbytes > _ZIP64_BYTES) as stream:
                    npy.write_array(stream, array, version=(1, 0), allow_pickle=False)


def _as_json(state: Mapping[str, Any], what: str) -> bytes:
    try:
        text = json.dumps(state, allow_nan=False, sort_keys=True)
        same = json.loads(text) == state
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"state of {what}: expected what JSON can hold, received what it cannot: {error}") from None
    if not same:
        raise UsageError(
            f"state of {what}: expected what JSON gives back unchanged (lists, not tuples; text as keys); "
            "received something that would be another thing after loading"
        )
    return text.encode("ascii")


def _member(name: str, size: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DATE)
    member.create_system = 3
    member.external_attr = 0o644 << 16
    member.file_size = size
    return member


class _Sink(io.RawIOBase):
    """Takes bytes one after the other; a zip archive then never goes back to fill in sizes."""

    def writable(self) -> bool:
        return True


class _Hashing(_Sink):
    def __init__(self) -> None:
        self.total = hashlib.sha256()

    def write(self, content: Any) -> int:
        self.total.update(content)
        return memoryview(content).nbytes


class _Forward(_Sink):
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, content: Any) -> int:
        return self._stream.write(content)


def read_plain_file(path: Path, sha256: str = "") -> tuple[dict[str, Any], Arrays, str]:
    """Check a file as a whole; return its state, its arrays, which are read when they are asked for, and its SHA-256.

    Parameters
    ----------
    path : Path
    sha256 : str
        Of the file, or its first digits.

    Raises
    ------
    DamagedError
        The file is not what `PlainFile` writes, or its content has another SHA-256.
    """
    try:
        with path.open("rb") as stream:
            total = hashlib.sha256()
            while block := stream.read(_BLOCK):
                total.update(block)
            if not total.hexdigest().startswith(sha256):
                raise DamagedError("its content has another SHA-256")
            size = stream.tell()
            stream.seek(0)
            with zipfile.ZipFile(stream) as archive:
                arrays = _StoredArrays(path, _checked_members(archive, size))
                return _checked_state(archive, size), arrays, total.hexdigest()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, RecursionError) as error:
        raise DamagedError(f"{type(error).__name__}") from error


def _checked_state(archive: zipfile.ZipFile, size: int) -> dict[str, Any]:
    if _STATE not in archive.namelist() or archive.getinfo(_STATE).file_size > min(size, _STATE_BYTES):
        raise DamagedError("it has no state")
    state = json.loads(archive.read(_STATE))
    if not isinstance(state, dict):
        raise DamagedError("its state is no JSON object")
    return state


def _checked_members(archive: zipfile.ZipFile, size: int) -> tuple[str, ...]:
    """Return the names of the arrays; what the file declares is compared with what it holds, and nothing is read."""
    members = [member for member in archive.infolist() if member.filename != _STATE]
    names = [member.filename.removesuffix(_NPY) for member in members]
    if len(set(archive.namelist())) != len(archive.infolist()):
        raise DamagedError("a name is there twice")
    for name, member in zip(names, members, strict=True):
        if member.filename != name + _NPY or not is_name(name):
            raise DamagedError("it holds something that is no array")
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & ~_STORED_FLAGS or member.file_size > size:
            raise DamagedError("an array is not stored as it is")
        with archive.open(member) as stream:
            shape, _, dtype = _header(stream)
            if member.file_size - stream.tell() != math.prod(shape) * dtype.itemsize:
                raise DamagedError("an array is not as long as it says")
    return tuple(names)


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    if npy.read_magic(stream) != (1, 0):
        raise DamagedError("an array is of another version")
    shape, fortran, dtype = npy.read_array_header_1_0(stream)
    if not is_plain(dtype) or any(length < 0 for length in shape):
        raise DamagedError("an array is not one of numbers")
    return shape, fortran, dtype


class _StoredArrays(Mapping[str, NDArray[Any]]):
    """Arrays of a file that was checked, read when they are asked for."""

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path = path
        self._names = dict.fromkeys(names)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._names:
            raise KeyError(name)
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(name + _NPY) as stream:
                array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
                return array
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
            raise UsageError(
                f"{self._path} was changed or removed while it was read; run the same command again"
            ) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
