"""Zip archives, read without unpacking them: which members are safe, and their bytes.

A member is opened from what the archive's directory said of it, so that a worker process need not read the directory of
a large archive again for each member.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import struct
import tempfile
import threading
import weakref
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO

from medcurate.errors import Code, InputError

MAX_MEMBER_BYTES = 2**31
_BOMB_BYTES, _BOMB_RATIO = 64 * 2**20, 400
_MEMORY_BYTES = 64 * 2**20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what others unpack to cannot be bounded with zipfile
_LOCAL_HEADER = struct.Struct("<4s2xH18xHH")
_LOCAL_SIGNATURE = b"PK\x03\x04"
_ENCRYPTED = 1
_DRIVE = re.compile(r"[A-Za-z]:")
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class Member:
    """What is needed to read one member of an archive.

    Attributes
    ----------
    name : str
        As in the archive, ``/`` separators.
    offset : int
        Of the local header (bytes).
    packed, size : int
        Compressed and uncompressed size (bytes).
    method : int
        Compression method of the zip format.
    """

    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int


def members(archive: BinaryIO) -> Iterator[Member | tuple[str, InputError]]:
    """List an archive's files in the order of their names; what must not be read comes with its reason.

    Raises
    ------
    InputError
        `TRUNCATED` or `ARCHIVE_UNSAFE` where the archive as a whole cannot be read.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = [info for info in opened.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error, IndexError) as error:
        raise InputError(Code.TRUNCATED, "The zip archive is cut or damaged: its directory does not read.") from error
    overlapping = _overlapping(infos)
    seen: set[str] = set()
    for info in sorted(infos, key=lambda info: (info.filename.encode("utf-8", "surrogateescape"), info.header_offset)):
        problem = _problem(info, overlapping, seen)
        seen.add(info.filename)
        if problem is None:
            yield Member(
                info.filename, info.header_offset, info.compress_size, info.file_size, info.CRC, info.compress_type
            )
        else:
            yield info.filename, problem


class MemberBytes:
    """The bytes of one member, unpacked once: in memory if small, else in an unnamed temporary file.

    Calling it gives a fresh, seekable stream each time.

    Parameters
    ----------
    archive : callable
        Opens the archive.
    """

    def __init__(self, archive: Callable[[], BinaryIO], member: Member) -> None:
        self._archive = archive
        self._member = member
        self._data: bytes | None = None
        self._spool: IO[bytes] | None = None
        self.reading = threading.Lock()

    def __call__(self) -> BinaryIO:
        """Return a stream at the first byte.

        Raises
        ------
        InputError
            `ARCHIVE_UNSAFE` where the archive's directory and its content differ, `DECODE` for damaged data.
        """
        if self._data is None and self._spool is None:
            self._unpack()
        if self._spool is not None:
            return io.BufferedReader(_View(self._spool, owner=self))
        return io.BytesIO(self._data or b"")

    def _unpack(self) -> None:
        try:
            with self._archive() as archive:
                packed = _packed_stream(archive, self._member)
                if self._member.size <= _MEMORY_BYTES:
                    data = packed.read(self._member.size)  # not more: what it holds may be far more than it declares
                    _check_size(len(data), self._member)
                    self._data = data
                else:
                    self._spool = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as this object)
                    weakref.finalize(self, self._spool.close)
                    shutil.copyfileobj(packed, self._spool, 2**20)
                    self._spool.flush()
                    _check_size(self._spool.tell(), self._member)
        except (zipfile.BadZipFile, EOFError, ValueError, zlib.error) as error:
            raise InputError(Code.DECODE, "The archive member is damaged: its checksum or data is wrong.") from error


def _check_size(received: int, member: Member) -> None:
    if received != member.size:
        raise InputError(
            Code.DECODE, f"The archive member is damaged: it declares {member.size:,} bytes and holds {received:,}."
        )


class _View(io.RawIOBase):
    """An independent reading position in an open file."""

    def __init__(self, file: IO[bytes], owner: MemberBytes) -> None:
        self._file = file
        self._owner = owner  # closes the file when nobody reads it any more
        self._size = os.fstat(file.fileno()).st_size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with self._owner.reading:  # the views share the position of the file; Windows has no pread
            os.lseek(self._file.fileno(), self._position, os.SEEK_SET)
            data = os.read(self._file.fileno(), len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _packed_stream(archive: BinaryIO, member: Member) -> zipfile.ZipExtFile:
    archive.seek(member.offset)
    header = archive.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != _LOCAL_SIGNATURE:
        raise InputError(Code.ARCHIVE_UNSAFE, "The archive's directory points to no member. It is damaged or forged.")
    _, flags, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    if flags & _ENCRYPTED:
        raise InputError(Code.ENCRYPTED, "The archive member is encrypted. Unpack it with its password first.")
    archive.seek(name_bytes + extra_bytes, io.SEEK_CUR)
    info = zipfile.ZipInfo("member")
    info.compress_type, info.compress_size = member.method, member.packed
    info.file_size, info.CRC = member.size, member.crc
    return zipfile.ZipExtFile(archive, "r", info)


def _problem(info: zipfile.ZipInfo, overlapping: Container[int], seen: Container[str]) -> InputError | None:
    if info.flag_bits & _ENCRYPTED:
        return InputError(Code.ENCRYPTED, "The archive member is encrypted. Unpack it with its password first.")
    reason = _unsafe(info, overlapping, seen)
    if reason:
        return InputError(Code.ARCHIVE_UNSAFE, f"The archive member {reason}. It was not read.")
    if info.compress_type not in _METHODS:
        return InputError(
            Code.NO_CODEC, f"Compression method {info.compress_type} of the zip is unknown. Unpack it first."
        )
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size > MAX_MEMBER_BYTES or (info.file_size > _BOMB_BYTES and ratio > _BOMB_RATIO):
        return InputError(
            Code.BOMB,
            f"The archive member would unpack from {info.compress_size:,} to {info.file_size:,} bytes. "
            "If it is real, unpack it first.",
        )
    return None


def _unsafe(info: zipfile.ZipInfo, overlapping: Container[int], seen: Container[str]) -> str | None:
    name, mode = info.orig_filename, info.external_attr >> 16
    parts = name.replace("\\", "/").split("/")
    if parts[0] == "" or ".." in parts or _DRIVE.match(name) or "\0" in name:
        return "has a name that leads outside the archive"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a link or a device"
    if name.lower().endswith(_ARCHIVES):
        return "is itself an archive; unpack it first"
    if info.header_offset in overlapping:
        return "shares its bytes with another member"
    return "has the same name as another one" if info.filename in seen else None


def _overlapping(infos: list[zipfile.ZipInfo]) -> set[int]:
    """Return the header offsets of all members whose bytes another member uses too."""
    found: set[int] = set()
    end, owner = 0, -1
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            found.update((info.header_offset, owner))
        last = info.header_offset + _LOCAL_HEADER.size + len(info.orig_filename) + info.compress_size
        if last > end:
            end, owner = last, info.header_offset
    return found
