"""Output folders: atomic writes, one writer at a time, errors that name the folder and the cause."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from filelock import lock_descriptor

from medcurate.catalogue import writing as catalogue_writing
from medcurate.errors import Locked, OutputError
from medcurate.folder_swap import put_in_place

PRIVATE = ".medcurate"
"""Folder within an output folder for files that only medcurate reads."""

_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than this system allows",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "there is no permission to write",
    errno.EPERM: "there is no permission to write",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file stands where a folder is needed",
    errno.EISDIR: "a folder stands where a file is needed",
    errno.ENAMETOOLONG: "the name is too long",
}


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` within the block into an `OutputError` that names `path`, the cause and the remedy."""
    try:
        yield
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0, os.strerror(error.errno) if error.errno else type(error).__name__)
        raise OutputError(
            f"cannot write {path}: {cause}. Free space or choose another --out folder, then run the same command "
            "again: it continues where it stopped"
        ) from error


@contextmanager
def atomic_write(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a binary stream whose content appears at `path` completely or not at all.

    The stream writes to a short random name in the same folder. At the end of the block it is flushed to the disk and
    renamed; an error within the block removes it.

    Parameters
    ----------
    path : Path
        Target file; its folder is created if needed.
    durable : bool
        Wait until the content is on the disk, so that it survives a power failure. False for files with a checksum.

    Raises
    ------
    OutputError
        If the disk is full, read-only, or otherwise refuses.
    """
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{secrets.token_hex(4)}.tmp"
        try:
            with temporary.open("xb") as stream:
                yield stream
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if durable:
            _sync(path.parent)


def write_catalogue(path: Path, batches: Iterable[pa.RecordBatch | pa.Table], *, part_rows: int | None = None) -> None:
    """Write a catalogue atomically; the bytes depend on the rows alone, not on the batches.

    Parameters
    ----------
    path : Path
        The Parquet file, or the folder of its parts.
    batches : iterable
        Rows with the schema of the catalogue; they may be read from the catalogue at `path`.
    part_rows : int, optional
        Rows per part, for a folder of parts. None keeps the present layout; a new catalogue is one file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    if part_rows is None and path.is_dir():
        part_rows = catalogue_writing.PART_ROWS
    if part_rows is None:
        with atomic_write(path) as stream:
            catalogue_writing.write(stream, batches)
        return
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{secrets.token_hex(4)}.tmp"
        temporary.mkdir()
        try:
            catalogue_writing.write_parts(temporary, batches, rows=part_rows)
            for part in temporary.iterdir():
                _sync(part)
            _sync(temporary)
            put_in_place(temporary, path)
        finally:
            _remove(temporary)
        _sync(path.parent)


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Lock `folder` for this block; the operating system releases the lock of any process that dies.

    The folder is created if needed, and temporary files of killed processes are removed from it. The lock belongs to
    the block, not to the process: a second lock is refused in other threads and within the block, too. The lock file is
    never removed, so that two processes cannot lock two files of the same name.

    Raises
    ------
    Locked
        Immediately if another holds the lock; the message names its process.
    OutputError
        If the folder cannot be written, or its file system cannot lock files.
    """
    path = folder / PRIVATE / "lock"
    with output_errors(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+b", buffering=0)
    with stream:
        with output_errors(folder):
            if not os.access(folder, os.W_OK):
                raise PermissionError(errno.EACCES, "")
        _take(stream, folder)
        for place in (folder, folder / PRIVATE):
            remove_litter(place)
        try:
            yield
        finally:
            stream.truncate(0)


def _take(stream: FileIO, folder: Path) -> None:
    """Lock an open file and write the id of this process into it."""
    try:
        taken = lock_descriptor(stream.fileno(), blocking=False)
    except OSError as error:  # some network and user-space file systems
        raise OutputError(
            f"cannot write {folder}: its file system cannot lock files ({error.strerror or type(error).__name__}), so "
            "two runs could destroy each other's work. Choose an --out folder on a local disk"
        ) from error
    if not taken:
        raise Locked(
            f"cannot write {folder}: the medcurate process {_holder(stream)} is writing it. Wait until it ends, "
            "or choose another --out folder"
        )
    with output_errors(folder):
        stream.truncate(0)
        stream.write(f"\n{os.getpid()} {_start_of_this_process()}\n".encode("ascii"))


def _holder(stream: FileIO) -> str:
    """Return the process id in a lock file, after its first byte, which is locked and unreadable on Windows."""
    try:
        stream.seek(1)
        words = (stream.read(64) or b"").decode("ascii", "replace").split()
    except OSError:
        words = []
    return words[0] if words else "unknown"


def _start_of_this_process() -> str:
    """Return the start time in clock ticks since boot, which makes the process id unique; "0" if unknown."""
    try:
        return Path("/proc/self/stat").read_text("utf-8", "replace").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return "0"


def remove_litter(folder: Path) -> None:
    """Remove temporary files that a killed run left in `folder`; only call it under `lock`."""
    with output_errors(folder):
        for path in folder.glob(".*.tmp"):
            if len(path.name) == len(".01234567.tmp"):
                _remove(path)


def remove_tree(folder: Path) -> None:
    """Remove a folder that medcurate made.

    Raises
    ------
    OutputError
        If the system refuses.
    """
    with output_errors(folder):
        if folder.is_dir():
            shutil.rmtree(folder)


def digest(*contents: bytes | memoryview) -> bytes:
    """Return the SHA-256 of the concatenated contents."""
    total = hashlib.sha256()
    for content in contents:
        total.update(content)
    return total.digest()


def _sync(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on the disk."""
    folder = path.is_dir()
    if folder and sys.platform == "win32":  # Windows cannot open folders; NTFS journals their entries
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)  # Windows flushes only files opened for writing
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
