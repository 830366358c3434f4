"""One input file, on disk or inside a zip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes with a name: all that readers see of the file system.

    Attributes
    ----------
    name : str
        Last part of the path; only its suffix is used.
    size : int
        Bytes (uncompressed, for a zip member).
    opener : callable
        Returns a fresh, seekable binary stream.
    path : Path or None
        Path of a file on disk, for libraries that memory-map it; otherwise None.
    sibling : callable
        ``sibling(name)`` returns another file of the same folder or archive (``.img`` of a ``.hdr``), or None.
    """

    name: str
    size: int
    opener: Callable[[], BinaryIO]
    path: Path | None = None
    sibling: Callable[[str], Blob | None] = field(default=lambda _name: None)

    def open(self) -> BinaryIO:
        """Return a fresh, seekable binary stream."""
        return self.opener()

    def head(self, count: int = 4096) -> bytes:
        """Return the first `count` bytes."""
        with self.open() as stream:
            return stream.read(count)

    def bytes(self) -> bytes:
        """Return the whole content."""
        with self.open() as stream:
            return stream.read()
