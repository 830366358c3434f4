"""What keeps an output folder whole: atomic writes, one lock, errors that name the folder and not a traceback."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from medcurate.catalogue import writing as catalogue_writing
from medcurate.errors import Locked, OutputError
from medcurate.folder_swap import put_in_place

PRIVATE = ".medcurate"
"""Folder within an output folder that holds what only medcurate reads."""

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
    """Turn an `OSError` within the block into an `OutputError` that names `path`, the cause and what to do."""
    try:
        yield
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0, os.strerror(error.errno) if error.errno else type(error).__name__)
        raise OutputError(
            f"cannot write {path}: {cause}. Free space or choose another --out folder, then run the same command "
            "again: it goes on where it stopped"
        ) from error


@contextmanager
def atomic_write(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a binary stream whose content appears under `path` all at once, or not at all.

    The stream writes to a short random name in the same folder. At the end of the block it is flushed to the disk and
    renamed; an error within the block removes it.

    Parameters
    ----------
    path : Path
        Its folder is made if needed.
    durable : bool
        Wait until the disk has it, so that it also survives a power cut. False for what carries a checksum.

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
    """Write a catalogue atomically; the same rows give the same bytes however they are cut into batches.

    Parameters
    ----------
    path : Path
    batches : iterable
        May come from the catalogue that lies at `path`.
    part_rows : int, optional
        Rows of a part, for a folder of parts. None keeps what is there, one file or parts; at first it is one file.

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
    """Hold `folder` for this process; the lock of a process that died, in whatever way, is free.

    The folder is made if needed, and what a killed process left half written in it is removed.

    Raises
    ------
    Locked
        At once, naming the process that holds it.
    OutputError
        If the folder cannot be written.
    """
    path = folder / PRIVATE / "lock"
    with output_errors(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, "")
    try:
        _take(handle, folder)
        for place in (folder, folder / PRIVATE):
            remove_litter(place)
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _take(handle: int, folder: Path) -> None:
    # The kernel gives the lock back when its holder dies, so none can be stale; pid and start are for the message.
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 64, 0).decode("ascii", "replace").split()
        pid = holder[0] if holder else "unknown"
        raise Locked(
            f"cannot write {folder}: the medcurate process {pid} is writing it. Wait until it ends, "
            "or choose another --out folder"
        ) from None
    except OSError as error:  # some network file systems, and some that a program serves
        raise OutputError(
            f"cannot write {folder}: its file system cannot lock files ({os.strerror(error.errno or 0)}), so two runs "
            "could destroy each other's work. Choose an --out folder on a local disk"
        ) from error
    with output_errors(folder):
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {_start_of_this_process()}\n".encode("ascii"), 0)


def _start_of_this_process() -> str:
    """Return the start time in clock ticks since boot where the system tells it: it makes the pid unique."""
    try:
        return Path("/proc/self/stat").read_text("utf-8", "replace").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return "0"


def remove_litter(folder: Path) -> None:
    """Remove temporary files that a killed run left in `folder`. Call it only under `lock`."""
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
    """Return the SHA-256 of the contents, one after the other."""
    total = hashlib.sha256()
    for content in contents:
        total.update(content)
    return total.digest()


def _sync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
