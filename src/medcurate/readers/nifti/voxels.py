"""Read the stored slices of one volume in any order, with memory that does not grow with the volume.

A volume up to `MEMORY_BYTES` is read at once. A larger one is read slice by slice; what cannot be read in the order of
the file (a compressed file backwards or across) goes through an unnamed temporary file first.

nibabel's ``dataobj`` is as good only along an uncompressed file. It reads a slice across the file in many small pieces,
and a compressed file from its start for each slice: for 300 MiB, more than 15 times as long.
"""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.nifti.header import NiftiHeader

MEMORY_BYTES = 128 * 2**20
GZIP_MAGIC = b"\x1f\x8b"
_MAX_DEFLATE_RATIO = 1032
_SURPLUS_BYTES = 2**20
_BLOCK = 2**20


class Inflated:
    """The content of a file, inflated if it is gzip; every failure is an `InputError`."""

    def __init__(self, blob: Blob, resources: ExitStack) -> None:
        self.raw = resources.enter_context(blob.open())
        self.compressed = self.raw.read(2) == GZIP_MAGIC
        self.raw.seek(0)
        self.stream = gzip.GzipFile(fileobj=self.raw) if self.compressed else self.raw

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes, fewer only at the end."""
        try:
            return self.stream.read(count)
        except EOFError as error:
            raise _cut() from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InputError(Code.DECODE, "The gzip data is damaged. Copy the file again.") from error

    def exactly(self, count: int) -> bytes:
        """Return `count` bytes."""
        data = self.read(count)
        if len(data) < count:
            raise _cut()
        return data

    def skip(self, count: int) -> None:
        """Skip `count` bytes."""
        while count > 0:
            count -= len(self.exactly(min(count, _BLOCK)))

    def finish(self) -> None:
        """Read to the end of a compressed file, within limits, to verify its checksum."""
        if not self.compressed:
            return
        try:
            self.stream.read(_SURPLUS_BYTES)
        except EOFError as error:
            raise _cut() from error
        except (gzip.BadGzipFile, zlib.error) as error:
            if "CRC" in str(error) or "length" in str(error):
                raise InputError(Code.DECODE, "The checksum of the gzip data is wrong. Copy the file again.") from error


def check_room(header: NiftiHeader, blob: Blob, *, compressed: bool, max_inflated_bytes: int) -> None:
    """Compare the declared size with the size of the file.

    Raises
    ------
    InputError
        `TRUNCATED` or `BOMB`.
    """
    needed = header.offset + header.volume_bytes * header.volumes
    if compressed and needed > max_inflated_bytes:
        raise InputError(
            Code.BOMB, f"Expected a file that unpacks to at most {max_inflated_bytes:,} bytes, it declares {needed:,}."
        )
    holds = blob.size * _MAX_DEFLATE_RATIO if compressed else blob.size
    if needed > holds:
        raise InputError(
            Code.TRUNCATED, f"Expected {needed:,} bytes by its header, the file holds at most {holds:,}. Copy it again."
        )


def load_volume(source: Inflated, header: NiftiHeader, volume: int) -> NDArray[np.generic]:
    """Read one whole volume, Fortran-ordered."""
    source.skip(header.offset + volume * header.volume_bytes)
    data = source.exactly(header.volume_bytes)
    source.skip((header.volumes - 1 - volume) * header.volume_bytes)
    source.finish()
    return np.frombuffer(data, header.dtype).reshape(header.shape, order="F")


def slice_of(volume: NDArray[np.generic], axis: int, index: int) -> NDArray[np.generic]:
    """Return a view of one slice; `numpy.take` would copy, slowly in Fortran order."""
    view: NDArray[np.generic] = volume[(slice(None),) * axis + (index,)]
    return view


def stream_slices(
    source: Inflated, header: NiftiHeader, volume: int, *, backwards: bool
) -> Iterator[NDArray[np.generic]]:
    """Yield the slices of a large volume along `header.slice_axis`."""
    start = header.offset + volume * header.volume_bytes
    if not source.compressed:
        yield from _from_file(source.raw, start, header, backwards=backwards)
    elif header.slice_axis == 2 and not backwards:
        source.skip(start)
        for _ in range(header.shape[2]):
            yield _plane(source.exactly(header.volume_bytes // header.shape[2]), header)
        source.finish()
    else:
        source.skip(start)
        with tempfile.TemporaryFile() as spool:
            _copy(source, spool, header.volume_bytes)
            source.finish()
            yield from _from_file(spool, 0, header, backwards=backwards)


def _copy(source: Inflated, spool: IO[bytes], count: int) -> None:
    while count > 0:
        count -= spool.write(source.exactly(min(count, _BLOCK)))
    spool.flush()


def _from_file(file: IO[bytes], start: int, header: NiftiHeader, *, backwards: bool) -> Iterator[NDArray[np.generic]]:
    axis, depth = header.slice_axis, header.shape[header.slice_axis]
    at_once = 1 if axis == 2 else max(1, MEMORY_BYTES * depth // header.volume_bytes)
    firsts = range(0, depth, at_once)
    for first in reversed(firsts) if backwards else firsts:
        block = _block(file, start, header, first, min(depth, first + at_once))
        slices = range(block.shape[axis])
        for index in reversed(slices) if backwards else slices:
            yield slice_of(block, axis, index)


def _block(file: IO[bytes], start: int, header: NiftiHeader, first: int, last: int) -> NDArray[np.generic]:
    """Read slices [first, last) along the slice axis in one pass over the file."""
    depth = header.shape[2]
    plane_bytes = header.volume_bytes // depth
    planes = range(first, last) if header.slice_axis == 2 else range(depth)
    file.seek(start + planes[0] * plane_bytes)
    parts = []
    for _ in planes:
        data = file.read(plane_bytes)
        if len(data) < plane_bytes:
            raise _cut()
        plane = _plane(data, header)
        if header.slice_axis == 0:
            plane = plane[first:last].copy()
        elif header.slice_axis == 1:
            plane = plane[:, first:last].copy()
        parts.append(plane)
    return np.stack(parts, axis=2)


def _plane(data: bytes, header: NiftiHeader) -> NDArray[np.generic]:
    return np.frombuffer(data, header.dtype).reshape(header.shape[:2], order="F")


def _cut() -> InputError:
    return InputError(Code.TRUNCATED, "The NIfTI file ends before its voxels are complete. Copy it again.")
