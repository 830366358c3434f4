"""A fast, defensive walk over the top level of a DICOM data set.

It collects the raw bytes of a few wanted elements and skips all others, nested ones included, which takes a fraction of
the time of a full parse. Every length is checked against the file before it is used, and nesting is followed without
recursion, so that the parts that `pydicom` parses later (functional groups, palettes) are known to be bounded.

Encoding rules: DICOM PS3.5, chapter 7; file meta information: PS3.10, chapter 7.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from medcurate.errors import Code, InputError
from medcurate.readers.dicom.elements import (
    DEEP_ENOUGH,
    SEQUENCE,
    SHORT,
    UNDEFINED,
    VR,
    Buffer,
    Wanted,
    overrun,
    probe,
    read_element,
    read_items,
    skip,
)

PREAMBLE = 128
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
NATIVE = frozenset({IMPLICIT, "1.2.840.10008.1.2.1", BIG_ENDIAN, DEFLATED})

TRANSFER_SYNTAX = 0x00020010
MEDIA_SOP_CLASS = 0x00020002
FLOAT_PIXELS = 0x7FE00008
DOUBLE_PIXELS = 0x7FE00009
PIXELS = 0x7FE00010
PIXEL_TAGS = (FLOAT_PIXELS, DOUBLE_PIXELS, PIXELS)


@dataclass(slots=True)
class Header:
    """Position of a data set in its buffer, and the wanted elements of its top level.

    Attributes
    ----------
    data : bytes-like
        Content of the file, inflated if it was deflated.
    start : int
        Offset of the first element after the file meta information.
    syntax : str
        Transfer syntax UID (guessed from the first element if the file states none).
    implicit : bool
        Whether elements have no VR.
    order : {'<', '>'}
        Byte order of numbers.
    elements : dict of int to bytes
        Raw values of the wanted elements, file meta information included.
    items : dict of int to list of dict
        The items of each wanted sequence: raw values of the wanted elements in them and in their macros.
    pixel_tag, pixel_start, pixel_length : int
        The pixel data element; tag 0 if there is none, length `UNDEFINED` if it is encapsulated.
    """

    data: Buffer
    start: int
    syntax: str
    implicit: bool
    order: str
    elements: dict[int, bytes] = field(default_factory=dict)
    items: dict[int, list[dict[int, bytes]]] = field(default_factory=dict)
    pixel_tag: int = 0
    pixel_start: int = 0
    pixel_length: int = 0


def matches(head: bytes) -> bool:
    """Return whether `head`, the first bytes of a file, begins a DICOM file, with or without preamble."""
    return head[PREAMBLE : PREAMBLE + 4] == b"DICM" or _is_bare(head)


def _is_bare(head: bytes) -> bool:
    """Return whether a data set of group 2 or 8 begins without preamble: two consecutive valid elements."""
    position = 0
    groups: list[tuple[int, int]] = []
    for _ in range(2):
        if position + 12 > len(head):
            return False
        group, number, vr, length = struct.unpack_from("<HH2sH", head, position)
        kind = VR.get(vr, 0)
        if kind == 0:
            length = struct.unpack_from("<I", head, position + 4)[0]
        elif kind > SHORT:
            length = struct.unpack_from("<I", head, position + 8)[0]
        if length > len(head) or group not in (2, 8) or number > 0x3000 or (groups and (group, number) <= groups[-1]):
            return False
        groups.append((group, number))
        position += (12 if kind > SHORT else 8) + length
    return True


def skim(data: Buffer, wanted: Wanted, inflate: Callable[[bytes], bytes]) -> Header:
    """Walk the file and collect the wanted elements, up to the pixel data.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    wanted : Wanted
        Tags to collect.
    inflate : callable
        Inflates the rest of a file of the deflated transfer syntax.

    Raises
    ------
    InputError
        DICOM_NO_IMAGE (no data set follows the prefix), TRUNCATED, BAD_HEADER, TOO_DEEP; and what `inflate` raises.
    """
    size = len(data)
    start = PREAMBLE + 4 if data[PREAMBLE : PREAMBLE + 4] == b"DICM" else 0
    if size < start + 8:
        raise InputError(Code.TRUNCATED, f"DICOM: expected a data set, received {size} bytes in all; copy it again")
    group, _, vr, _ = struct.unpack_from("<HH2sH", data, start)
    if group not in (2, 8) or (group == 2 and vr not in VR):
        raise InputError(
            Code.DICOM_NO_IMAGE,
            "DICOM: expected elements of group 0002 or 0008 after the prefix, received others; the file is damaged "
            "or not a DICOM file",
        )
    meta: dict[int, bytes] = {}
    position = _walk_meta(data, start, meta)
    syntax = meta.get(TRANSFER_SYNTAX, b"").decode("ascii", "replace").strip("\0 ")
    if syntax == DEFLATED:
        data, position = inflate(data[position:]), 0
        size = len(data)
    explicit = position + 8 <= size and data[position + 4 : position + 6] in VR
    header = Header(
        data=data,
        start=position,
        syntax=syntax or ("1.2.840.10008.1.2.1" if explicit else IMPLICIT),
        implicit=syntax in ("", IMPLICIT) and not explicit,
        order=">" if syntax == BIG_ENDIAN else "<",
        elements=meta,
    )
    _walk(header, wanted, size)
    return header


def _walk_meta(data: Buffer, position: int, meta: dict[int, bytes]) -> int:
    """Collect the file meta information (always explicit little endian); return its end."""
    size = len(data)
    while position + 8 <= size and data[position : position + 2] == b"\x02\x00":
        tag, _, value, length = read_element(data, position, size, False, "<")
        if tag in (TRANSFER_SYNTAX, MEDIA_SOP_CLASS):
            meta[tag] = data[value : value + length]
        position = value + length
    return position


def _walk(header: Header, wanted: Wanted, size: int) -> None:  # noqa: C901
    """Fill in the elements and the position of the pixel data. The hot loop: no function call per ordinary element."""
    data, position, elements = header.data, header.start, header.elements
    tags, sequences = wanted.elements, wanted.sequences
    explicit, order = not header.implicit, header.order
    read_explicit = struct.Struct(order + "HH2sH").unpack_from
    read_implicit = struct.Struct(order + "HHI").unpack_from
    read_length = struct.Struct(order + "I").unpack_from
    kinds = VR
    last = size - 8
    while position <= last:
        if explicit:
            group, number, vr, length = read_explicit(data, position)
            kind = kinds.get(vr, 0)
            if kind == SHORT:
                value = position + 8
            elif kind:
                if position + 12 > size:
                    break
                length = read_length(data, position + 8)[0]
                value = position + 12
            else:
                length = read_implicit(data, position)[2]
                value = position + 8
        else:
            group, number, length = read_implicit(data, position)
            value, kind = position + 8, 0
        tag = group << 16 | number
        if tag >= FLOAT_PIXELS and tag in PIXEL_TAGS:
            header.pixel_tag, header.pixel_start, header.pixel_length = tag, value, length
            return
        if tag in sequences:
            found = (tag, kind, value, length)
            header.items[tag], position = read_items(data, found, size, not explicit, order, wanted)
            continue
        if length == UNDEFINED:
            position = skip(data, (tag, kind, value, length), size, not explicit, order)
            continue
        stop = value + length
        if stop > size:
            raise overrun(size, kind == 0 and explicit)
        if tag in tags:
            elements[tag] = data[value:stop]
        if length >= DEEP_ENOUGH and kind in (0, SEQUENCE):
            probe(data, (tag, kind, value, length), not explicit, order)
        position = stop
    if position != size:
        raise overrun(size, False)
