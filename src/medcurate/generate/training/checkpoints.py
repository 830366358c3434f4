"""Checkpoints of a training: each is one file of arrays and JSON, which is whole or not there.

The name of a file carries a digest of its content, so a file that was torn by a power cut or damaged on the disk is
recognized, and the one before it is taken. Nothing in a file can run: no pickles are written or read.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from medcurate.errors import UsageError
from medcurate.generate.drawing.plain_arrays import Arrays, checked, is_name, is_plain
from medcurate.run_folder import atomic_write, output_errors, remove_litter

FOLDER = "checkpoints"
KEPT = 2
"""Number of files that are kept: the newest, and one to fall back to."""

_FILE = re.compile(r"step-(\d{8,18})\.([0-9a-f]{16})\.npz")
_STATE = "state.json"
_NPY = ".npy"
_STORED_FLAGS = 0x08 | 0x800  # sizes behind the data, names in UTF-8; anything else (encryption) is not ours
_DATE = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20
_ZIP64_BYTES = 1 << 30
_STATE_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state from which a training continues.

    Attributes
    ----------
    step : int
        Number of steps done.
    arrays : mapping of str to ndarray
        Read from the file at each access, so that only one of them need be in memory.
    state : dict
        What `save` was given.
    notes : tuple of str
        One sentence per damaged file that was passed over.
    path : Path
        Of the file.
    """

    step: int
    arrays: Arrays
    state: dict[str, Any]
    notes: tuple[str, ...]
    path: Path


def save(folder: Path, step: int, arrays: Arrays, state: Mapping[str, Any], *, keep: int = KEPT) -> Path:
    """Write a checkpoint durably and atomically, and remove those that it replaces.

    Call it under `run_folder.lock`. The same arrays and state give the same bytes and the same name.

    Parameters
    ----------
    folder : Path
        Of the run.
    step : int
        Number of steps done, from 0.
    arrays : mapping of str to ndarray
        Boolean, integer or floating-point arrays.
    state : mapping
        Anything that JSON gives back unchanged: random states, the place in the data, ...
    keep : int
        Number of checkpoints that are kept, including the new one.

    Returns
    -------
    Path
        ``checkpoints/step-00001234.<first 16 hex digits of the SHA-256 of its content>.npz``

    Raises
    ------
    UsageError
        An array has another type, such as bfloat16; JSON does not give the state back unchanged; or there is a whole
        checkpoint of a later step, from which the training should have continued.
    OutputError
        The disk is full, read-only, or refuses otherwise; no file appears, and the earlier ones stay.
    """
    if not 0 <= step < 10**18 or keep < 1:
        raise UsageError(f"step, keep: expected 0 or more, 1 or more; received {step}, {keep}")
    content = _Content(checked(arrays), _as_json(state))
    place = folder / FOLDER
    with output_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    remove_litter(place)
    _remove_damaged_later(place, step)
    hashing = _Hashing()
    content.write(hashing)
    path = place / f"step-{step:08d}.{hashing.total.hexdigest()[:16]}.npz"
    with atomic_write(path) as stream:
        content.write(_Forward(stream))
    before = [entry.path for entry in _entries(place) if entry.path != path and entry.step < step]
    same = [entry.path for entry in _entries(place) if entry.path != path and entry.step == step]
    with output_errors(place):
        for old in (*before[: max(len(before) - keep + 1, 0)], *same):
            old.unlink(missing_ok=True)
    return path


def newest(folder: Path) -> Checkpoint | None:
    """Return the newest checkpoint that is whole; None where there is none at all.

    Parameters
    ----------
    folder : Path
        Of the run.

    Raises
    ------
    UsageError
        There are checkpoints, and all are damaged.
    """
    notes: list[str] = []
    for entry in reversed(_entries(folder / FOLDER)):
        try:
            state, arrays = _read(entry.path, entry.digest)
        except _DamagedError as damage:
            notes.append(f"{entry.path.name} is damaged ({damage}) and was passed over")
        else:
            return Checkpoint(entry.step, arrays, state, tuple(notes), entry.path)
    if notes:
        raise UsageError(
            f"{folder / FOLDER}: no checkpoint is whole, so the training cannot continue: {'; '.join(notes)}. "
            "Restore the files from a backup, or start again in another --out folder"
        )
    return None


class _DamagedError(Exception):
    """A file is not what was written."""


class _Entry(NamedTuple):
    step: int
    digest: str
    path: Path


def _entries(place: Path) -> list[_Entry]:
    """List the checkpoints, oldest first."""
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    found = [(match, name) for name in names if (match := _FILE.fullmatch(name))]
    return sorted(_Entry(int(match[1]), match[2], place / name) for match, name in found)


def _remove_damaged_later(place: Path, step: int) -> None:
    """Remove damaged files of later steps, so that they do not count among those to keep."""
    for entry in _entries(place):
        if entry.step <= step:
            continue
        try:
            _read(entry.path, entry.digest)
        except _DamagedError:
            with output_errors(place):
                entry.path.unlink(missing_ok=True)
        else:
            raise UsageError(
                f"{place} holds a checkpoint of step {entry.step:,}, later than step {step:,} that should be written: "
                "continue from it, or choose another --out folder"
            )


def _as_json(state: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(state, allow_nan=False, sort_keys=True)
        same = json.loads(text) == state
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            f"state of a checkpoint: expected what JSON can hold, received what it cannot: {error}"
        ) from None
    if not same:
        raise UsageError(
            "state of a checkpoint: expected what JSON gives back unchanged (lists, not tuples; text as keys); "
            "received something that would be another thing after loading"
        )
    return text.encode("ascii")


class _Content:
    """The bytes of a file, written in one go from start to end, the same each time."""

    def __init__(self, arrays: dict[str, NDArray[Any]], state: bytes) -> None:
        self._arrays = arrays
        self._state = state

    def write(self, sink: io.RawIOBase) -> None:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_member(_STATE, len(self._state)), self._state)
            for name, array in self._arrays.items():
                member = _member(name + _NPY, array.nbytes)
                with archive.open(member, "w", force_zip64=array.nbytes > _ZIP64_BYTES) as stream:
                    npy.write_array(stream, array, version=(1, 0), allow_pickle=False)


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


def _read(path: Path, digest: str) -> tuple[dict[str, Any], Arrays]:
    """Check a file as a whole, and return its state and arrays."""
    try:
        with path.open("rb") as stream:
            total = hashlib.sha256()
            while block := stream.read(_BLOCK):
                total.update(block)
            if total.hexdigest()[:16] != digest:
                raise _DamagedError("its content is not what its name says")
            size = stream.tell()
            stream.seek(0)
            with zipfile.ZipFile(stream) as archive:
                return _checked_state(archive, size), _StoredArrays(path, _checked_members(archive, size))
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, RecursionError) as error:
        raise _DamagedError(f"{type(error).__name__}") from error


def _checked_state(archive: zipfile.ZipFile, size: int) -> dict[str, Any]:
    if _STATE not in archive.namelist() or archive.getinfo(_STATE).file_size > min(size, _STATE_BYTES):
        raise _DamagedError("it has no state")
    state = json.loads(archive.read(_STATE))
    if not isinstance(state, dict):
        raise _DamagedError("its state is no JSON object")
    return state


def _checked_members(archive: zipfile.ZipFile, size: int) -> tuple[str, ...]:
    """Return the names of the arrays; what the file declares is compared with what it holds, and nothing is read."""
    members = [member for member in archive.infolist() if member.filename != _STATE]
    names = [member.filename.removesuffix(_NPY) for member in members]
    if len(set(archive.namelist())) != len(archive.infolist()):
        raise _DamagedError("a name is there twice")
    for name, member in zip(names, members, strict=True):
        if member.filename != name + _NPY or not is_name(name):
            raise _DamagedError("it holds something that is no array")
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & ~_STORED_FLAGS or member.file_size > size:
            raise _DamagedError("an array is not stored as it is")
        with archive.open(member) as stream:
            shape, _, dtype = _header(stream)
            if member.file_size - stream.tell() != math.prod(shape) * dtype.itemsize:
                raise _DamagedError("an array is not as long as it says")
    return tuple(names)


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    if npy.read_magic(stream) != (1, 0):
        raise _DamagedError("an array is of another version")
    shape, fortran, dtype = npy.read_array_header_1_0(stream)
    if not is_plain(dtype) or any(length < 0 for length in shape):
        raise _DamagedError("an array is not one of numbers")
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
