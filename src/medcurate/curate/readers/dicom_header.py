"""A fast, suspicious walk over the top level of a DICOM data set.

It collects the raw bytes of the few elements that are wanted and steps over all others, nested ones included, so that
a file costs a fraction of a full parse. Every length is checked against the file before it is used, and nesting is
followed without recursion, so that what `pydicom` parses later (functional groups, palettes) is known to be bounded.

Encoding rules: DICOM PS3.5, chapter 7; file meta information: PS3.10, chapter 7.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from medcurate.errors import Code, InputError

MAX_DEPTH = 64
PREAMBLE = 128
UNDEFINED = 0xFFFFFFFF
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
NATIVE = frozenset({IMPLICIT, "1.2.840.10008.1.2.1", BIG_ENDIAN, DEFLATED})

TRANSFER_SYNTAX = 0x00020010
MEDIA_SOP_CLASS = 0x00020002
FLOAT_PIXELS = 0x7FE00008
DOUBLE_PIXELS = 0x7FE00009
PIXELS = 0x7FE00010
PIXEL_TAGS = (FLOAT_PIXELS, DOUBLE_PIXELS, PIXELS)

_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_SHORT, _LONG, _SEQUENCE, _UNKNOWN = 1, 2, 3, 4
_VR: dict[bytes, int] = {
    **dict.fromkeys(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split(), _SHORT),
    **dict.fromkeys(b"OB OD OF OL OV OW SV UC UR UT UV".split(), _LONG),
    b"SQ": _SEQUENCE,
    b"UN": _UNKNOWN,
}
_DEEP_ENOUGH = 16 * MAX_DEPTH  # bytes that so many levels of nesting need at least

Buffer = Any  # bytes or mmap: sliced to bytes, read by struct
Element = tuple[int, int, int, int]  # tag, kind of VR (0: implicit), offset of the value, its length
_ITEMS, _ELEMENTS, _FRAGMENTS = range(3)
_Open = tuple[int, int | None, bool]  # what it holds, where it ends (None: at a delimiter), whether without VR


@dataclass(slots=True)
class Header:
    """Where a data set lies in its buffer and the wanted elements of its top level.

    Attributes
    ----------
    data : bytes-like
        The file, or what a deflated one inflates to.
    start : int
        Offset of the first element after the file meta information.
    syntax : str
        Transfer syntax UID (guessed from the first element where the file states none).
    implicit : bool
        Whether elements come without VR.
    order : {'<', '>'}
        Byte order of numbers.
    elements : dict of int to bytes
        Raw values of the wanted elements, file meta information included.
    items : dict of int to list of dict
        The items of each wanted sequence: raw values of the wanted elements in them and in their macros.
    pixel_tag, pixel_start, pixel_length : int
        The pixel data element; tag 0 where there is none, length `UNDEFINED` where it is encapsulated.
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
    """Tell whether `head`, the first bytes of a file, begins a DICOM file, with or without its preamble."""
    return head[PREAMBLE : PREAMBLE + 4] == b"DICM" or _is_bare(head)


def _is_bare(head: bytes) -> bool:
    """Tell whether a data set of group 2 or 8 begins at once: two elements that make sense in a row."""
    position = 0
    groups: list[tuple[int, int]] = []
    for _ in range(2):
        if position + 12 > len(head):
            return False
        group, number, vr, length = struct.unpack_from("<HH2sH", head, position)
        kind = _VR.get(vr, 0)
        if kind == 0:
            length = struct.unpack_from("<I", head, position + 4)[0]
        elif kind > _SHORT:
            length = struct.unpack_from("<I", head, position + 8)[0]
        if length > len(head) or group not in (2, 8) or number > 0x3000 or (groups and (group, number) <= groups[-1]):
            return False
        groups.append((group, number))
        position += (12 if kind > _SHORT else 8) + length
    return True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a walk collects: tags are group << 16 | element.

    Attributes
    ----------
    elements : frozenset of int
        Elements of the top level and of the items of `sequences`.
    sequences : frozenset of int
        Sequences of the top level whose items are read.
    macros : frozenset of int
        Sequences within such items whose first item is read as if it stood in the outer one (functional groups).
    """

    elements: frozenset[int]
    sequences: frozenset[int] = frozenset()
    macros: frozenset[int] = frozenset()


def skim(data: Buffer, wanted: Wanted, inflate: Callable[[bytes], bytes]) -> Header:
    """Walk the file and collect the wanted elements, up to the pixel data.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    wanted : Wanted
        Tags to collect.
    inflate : callable
        Unpacks the rest of a file of the deflated transfer syntax.

    Returns
    -------
    Header

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
    if group not in (2, 8) or (group == 2 and vr not in _VR):
        raise InputError(
            Code.DICOM_NO_IMAGE,
            "DICOM: expected elements of group 0002 or 0008 after the prefix, received others; "
            "the file is damaged or no DICOM file",
        )
    meta: dict[int, bytes] = {}
    position = _walk_meta(data, start, meta)
    syntax = meta.get(TRANSFER_SYNTAX, b"").decode("ascii", "replace").strip("\0 ")
    if syntax == DEFLATED:
        data, position = inflate(data[position:]), 0
        size = len(data)
    explicit = position + 8 <= size and data[position + 4 : position + 6] in _VR
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
    """Collect the file meta information (always explicit little endian); return where it ends."""
    size = len(data)
    while position + 8 <= size and data[position : position + 2] == b"\x02\x00":
        tag, _, value, length = _element(data, position, size, False, "<")
        if tag in (TRANSFER_SYNTAX, MEDIA_SOP_CLASS):
            meta[tag] = data[value : value + length]
        position = value + length
    return position


def _walk(header: Header, wanted: Wanted, size: int) -> None:  # noqa: C901
    """Fill in the elements and the place of the pixel data. The one hot loop: no call for an ordinary element."""
    data, position, elements = header.data, header.start, header.elements
    tags, sequences = wanted.elements, wanted.sequences
    explicit, order = not header.implicit, header.order
    read_explicit = struct.Struct(order + "HH2sH").unpack_from
    read_implicit = struct.Struct(order + "HHI").unpack_from
    read_length = struct.Struct(order + "I").unpack_from
    kinds = _VR
    last = size - 8
    while position <= last:
        if explicit:
            group, number, vr, length = read_explicit(data, position)
            kind = kinds.get(vr, 0)
            if kind == _SHORT:
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
            position = _read_items(header, (tag, kind, value, length), size, wanted)
            continue
        if length == UNDEFINED:
            position = _skip(data, (tag, kind, value, length), size, not explicit, order)
            continue
        stop = value + length
        if stop > size:
            raise _overrun(size, kind == 0 and explicit)
        if tag in tags:
            elements[tag] = data[value:stop]
        if length >= _DEEP_ENOUGH and kind in (0, _SEQUENCE):
            _probe(data, (tag, kind, value, length), not explicit, order)
        position = stop
    if position != size:
        raise _overrun(size, False)


def _read_items(header: Header, element: Element, size: int, wanted: Wanted) -> int:
    """Read the items of a wanted sequence; return the offset after it."""
    tag, kind, _, _ = element
    implicit = header.implicit or kind == _UNKNOWN
    header.items[tag], position = _items(header, element, size, implicit, wanted)
    return position


def _items(
    header: Header, element: Element, size: int, implicit: bool, wanted: Wanted, *, inner: bool = False
) -> tuple[list[dict[int, bytes]], int]:
    """Collect the wanted elements of each item; macros are read one level down (`inner`), no deeper."""
    data, order = header.data, header.order
    _, _, position, length = element
    stop = None if length == UNDEFINED else position + length
    if stop is not None and stop > size:
        raise _overrun(size, False)
    items: list[dict[int, bytes]] = []
    while stop is None or position < stop:
        tag, _, position, length = _element(data, position, size, True, order)
        if tag == _SEQUENCE_END and stop is None:
            break
        if tag != _ITEM:
            raise InputError(Code.BAD_HEADER, "DICOM: expected an item in a sequence, received another element")
        item: dict[int, bytes] = {}
        items.append(item)
        end = None if length == UNDEFINED else position + length
        while end is None or position < end:
            found = tag, kind, value, length = _element(data, position, size, implicit, order)
            if tag == _ITEM_END and end is None:
                position = value
                break
            if tag in wanted.macros and not inner:
                nested, position = _items(header, found, size, implicit, wanted, inner=True)
                item.update(nested[0] if nested else {})
            elif length == UNDEFINED or _is_sequence(data, kind, value, length):
                position = _skip(data, found, size, implicit, order)
            else:
                if tag in wanted.elements:
                    item[tag] = data[value : value + length]
                position = value + length
    return items, position


def _overrun(size: int, corrupt: bool) -> InputError:
    if corrupt:
        return InputError(Code.BAD_HEADER, "DICOM: expected a known VR, received another and a length beyond the file")
    return InputError(
        Code.TRUNCATED,
        f"DICOM: expected all bytes that the header states, received {size} in all; copy or export the file again",
    )


def _element(data: Buffer, position: int, size: int, implicit: bool, order: str) -> Element:
    """Read one element's head and check that its value lies within the buffer (unless its length is undefined)."""
    if position + 8 > size:
        raise _overrun(size, False)
    group, number, length = struct.unpack_from(order + "HHI", data, position)
    value, kind = position + 8, 0
    if not implicit and group != 0xFFFE:
        kind = _VR.get(data[position + 4 : position + 6], 0)
        if kind == _SHORT:
            length = struct.unpack_from(order + "H", data, position + 6)[0]
        elif kind:
            if position + 12 > size:
                raise _overrun(size, False)
            length = struct.unpack_from(order + "I", data, position + 8)[0]
            value = position + 12
    if length != UNDEFINED and value + length > size:
        raise _overrun(size, not implicit and kind == 0 and group != 0xFFFE)
    return group << 16 | number, kind, value, length


def _probe(data: Buffer, element: Element, implicit: bool, order: str) -> None:
    """Follow a sequence of defined length for its depth alone: oddities inside do not matter, as nobody reads it."""
    _, kind, value, length = element
    if kind == 0 and data[value : value + 4] not in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"):
        return
    try:
        _skip(data, element, value + length, implicit, order)
    except InputError as error:
        if error.code is Code.TOO_DEEP:
            raise


def _skip(data: Buffer, element: Element, size: int, implicit: bool, order: str) -> int:
    """Step over a sequence with all that is nested in it; return the offset after it."""
    stack: list[_Open] = []
    position = _push(stack, element, implicit)
    while stack:
        holds, stop, implicit = stack[-1]
        if stop is not None and position >= stop:
            if position > stop:
                raise InputError(Code.BAD_HEADER, "DICOM: expected items within their sequence, received longer ones")
            stack.pop()
            continue
        inner = _element(data, position, size, implicit or holds != _ELEMENTS, order)
        tag, kind, position, length = inner
        if tag in (_SEQUENCE_END, _ITEM_END):
            if (holds == _ELEMENTS) != (tag == _ITEM_END):
                raise InputError(Code.BAD_HEADER, "DICOM: sequence and item delimiters do not match; export it again")
            stack.pop()
        elif holds == _ELEMENTS:
            if length == UNDEFINED or _is_sequence(data, kind, position, length):
                _push(stack, inner, implicit)
            else:
                position += length
        elif tag != _ITEM or (holds == _FRAGMENTS and length == UNDEFINED):
            raise InputError(Code.BAD_HEADER, "DICOM: expected an item in a sequence, received another element")
        elif holds == _FRAGMENTS:
            position += length
        else:
            stack.append((_ELEMENTS, None if length == UNDEFINED else position + length, implicit))
        if len(stack) > 2 * MAX_DEPTH:
            raise InputError(
                Code.TOO_DEEP, f"DICOM: expected at most {MAX_DEPTH} nested sequences, received more; export it again"
            )
    return position


def _push(stack: list[_Open], element: Element, implicit: bool) -> int:
    """Open a sequence; return where its first item is."""
    _, kind, value, length = element
    if length == UNDEFINED and kind == _LONG:
        stack.append((_FRAGMENTS, None, True))
    else:  # undefined length with VR UN means implicit elements inside (PS3.5, 6.2.2, note 2)
        stack.append((_ITEMS, None if length == UNDEFINED else value + length, implicit or kind == _UNKNOWN))
    return value


def _is_sequence(data: Buffer, kind: int, value: int, length: int) -> bool:
    if kind == _SEQUENCE:
        return length > 0
    return kind == 0 and length >= _DEEP_ENOUGH and data[value : value + 4] == b"\xfe\xff\x00\xe0"
