"""One reader per format, chosen by the content of the file and never by its suffix.

``read(blob, options)`` yields frames: pixels and the facts that the header states. Every fault of a file raises
`medcurate.errors.InputError` with a code, and no other error.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from medcurate.errors import Code, InputError
from medcurate.readers.blob import Blob
from medcurate.readers.frame import Frame
from medcurate.readers.options import DEFAULT_OPTIONS, ReadOptions
from medcurate.readers.translate import known

__all__ = ["DEFAULT_OPTIONS", "FORMATS", "Blob", "Frame", "ReadOptions", "read", "sniff"]

FORMATS = {
    "jpeg": "raster.jpeg",
    "png": "raster.png",
    "tiff": "raster.tiff",
    "nifti": "nifti.reader",
    "mat": "matlab.reader",
    "dicom": "dicom.reader",
}
"""Format to module, in the order of trial: `dicom`, which may have no signature, comes last."""

_SUFFIXES = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png", ".apng"),
    "tiff": (".tif", ".tiff"),
    "nifti": (".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz"),
    "mat": (".mat",),
    "dicom": (".dcm", ".dicom", ".ima"),
}
_HEAD_BYTES = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


class Reader(Protocol):
    """Interface of every reader module."""

    def matches(self, head: bytes) -> bool:
        """Return whether a file that starts with `head` has this format."""

    def read(self, blob: Blob, options: ReadOptions = ...) -> Iterator[Frame]:
        """Yield the frames of a file."""


def sniff(blob: Blob) -> str:
    """Return the format of a file from its content.

    Returns
    -------
    str
        A key of `FORMATS`.

    Raises
    ------
    InputError
        `EMPTY`; `BAD_MAGIC` for an unsupported format; `ARCHIVE_UNSAFE` for an archive inside an archive; `INCOMPLETE`
        for an ``.img`` without its ``.hdr``; and the codes of opening a file.
    """
    if blob.size == 0:
        raise InputError(Code.EMPTY, "The file holds no bytes. Copy it again from its source.")
    head = blob.head(_HEAD_BYTES)
    name = blob.name.lower()
    if name.endswith(".gz") and head[:2] != b"\x1f\x8b":
        raise InputError(Code.BAD_MAGIC, "Expected gzip data in a file named .gz, found none. Correct its name.")
    for format_name in FORMATS:
        if _module(format_name).matches(head):
            return format_name
    if head[:4] in _ZIP:
        raise InputError(
            Code.ARCHIVE_UNSAFE, "A zip without the suffix .zip, or inside another archive. Unpack it first."
        )
    if name.endswith((".img", ".img.gz")):
        raise InputError(Code.INCOMPLETE, "An .img file without its .hdr beside it. Copy both parts.")
    raise InputError(
        Code.BAD_MAGIC,
        "Expected DICOM, NIfTI, MATLAB, JPEG, PNG or TIFF, received "
        f"{'text' if _is_text(head) else 'bytes of no known image format'}.",
    )


def read(blob: Blob, options: ReadOptions = DEFAULT_OPTIONS) -> Iterator[Frame]:
    """Yield the frames of a file of any supported format.

    A suffix of another format adds `Code.EXT_MISMATCH` to the notes; an unknown suffix does not.

    Raises
    ------
    InputError
        No other error.
    """
    try:
        format_name = sniff(blob)
        frames = _module(format_name).read(blob, options)
        if _is_misnamed(blob.name, format_name):
            frames = map(_noted, frames)
        yield from frames
    except InputError:
        raise
    except Exception as error:
        translated = known(error) or InputError(
            Code.INTERNAL, f"medcurate failed on this file with {type(error).__name__}. Please report it."
        )
        raise translated from error


@cache
def _module(format_name: str) -> Reader:
    return cast("Reader", importlib.import_module(f"{__name__}.{FORMATS[format_name]}"))


def _is_misnamed(name: str, format_name: str) -> bool:
    lower = name.lower()
    if lower.endswith(_SUFFIXES[format_name]):
        return False
    return any(lower.endswith(suffixes) for suffixes in _SUFFIXES.values())


def _noted(frame: Frame) -> Frame:
    facts = dataclasses.replace(frame.facts, notes=(*frame.facts.notes, Code.EXT_MISMATCH))
    return dataclasses.replace(frame, facts=facts)


def _is_text(head: bytes) -> bool:
    return bool(head) and not any(byte < 9 or 13 < byte < 32 for byte in head)
