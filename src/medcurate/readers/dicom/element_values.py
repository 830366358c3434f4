"""Convert raw bytes of DICOM elements to Python values; unreadable values count as absent."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Values:
    """The elements of one frame, interpreted on demand.

    Attributes
    ----------
    raw : mapping of int to bytes
        Tag (group << 16 | element) to value.
    order : {'<', '>'}
        Byte order of binary numbers.
    """

    raw: Mapping[int, bytes]
    order: str = "<"

    def text(self, tag: int) -> str:
        """Return text without padding, ASCII only: other bytes become ``?``, so no character set causes errors."""
        return self.raw.get(tag, b"").decode("ascii", "replace").replace("\ufffd", "?").strip("\0 \t\r\n")

    def words(self, tag: int) -> tuple[str, ...]:
        """Return the values of a coded text, upper case."""
        text = self.text(tag)
        return tuple(part.strip().upper() for part in text.split("\\")) if text else ()

    def key(self, tag: int) -> str | None:
        """Return an identifier exactly (non-ASCII bytes as escapes), None if it is empty."""
        return self.raw.get(tag, b"").strip(b"\0 ").decode("ascii", "backslashreplace") or None

    def numbers(self, tag: int) -> tuple[float, ...]:
        """Return the finite decimals of an element of VR DS or IS, empty unless all can be read."""
        return decimals(self.raw.get(tag, b""))

    def number(self, tag: int) -> float | None:
        """Return the first decimal of an element of VR DS or IS."""
        found = self.numbers(tag)
        return found[0] if found else None

    def short(self, tag: int) -> int | None:
        """Return the first number of an element of VR US."""
        raw = self.raw.get(tag, b"")
        return int(struct.unpack_from(self.order + "H", raw)[0]) if len(raw) >= 2 else None

    def double(self, tag: int) -> float | None:
        """Return the first number of an element of VR FD."""
        raw = self.raw.get(tag, b"")
        value = float(struct.unpack_from(self.order + "d", raw)[0]) if len(raw) >= 8 else math.nan
        return value if math.isfinite(value) else None


def decimals(raw: bytes) -> tuple[float, ...]:
    """Return the finite numbers of a decimal string, empty unless all can be read."""
    try:
        found = tuple(float(part) for part in raw.strip(b"\0 ").split(b"\\")) if raw else ()
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()
