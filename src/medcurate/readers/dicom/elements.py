"""Walk DICOM elements: positions of their values and depth of their sequences.

Nothing is recursive, and every length is checked against the buffer before it is used (DICOM PS3.5, chapter 7).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from medcurate.errors import Code, InputError

MAX_DEPTH = 64
UNDEFINED = 0xFFFFFFFF
SHORT, LONG, SEQUENCE, UNKNOWN = 1, 2, 3, 4
VR: dict[bytes, int] = {
    **dict.fromkeys(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split(), SHORT),
    **dict.fromkeys(b"OB OD OF OL OV OW SV UC UR UT UV".split(), LONG),
    b"SQ": SEQUENCE,
    b"UN": UNKNOWN,
}
"""Value representations by the type of their length field: 16 bits, 32 bits, sequences, and unknown (32 bits)."""
DEEP_ENOUGH = 16 * MAX_DEPTH
"""Least number of bytes for `MAX_DEPTH` levels of nesting."""

_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_HEAD = {order: struct.Struct(order + "HHI").unpack_from for order in "<>"}
_SHORT_LENGTH = {order: struct.Struct(order + "H").unpack_from for order in "<>"}
_LONG_LENGTH = {order: struct.Struct(order + "I").unpack_from for order in "<>"}
_ITEMS, _ELEMENTS, _FRAGMENTS = range(3)
_Open = tuple[int, int | None, bool]  # content, end (None: at a delimiter), implicit VR

Buffer = Any  # bytes or mmap: sliced to bytes, read by struct
Element = tuple[int, int, int, int]
"""Tag, kind of VR (0: implicit), offset of the value, its length."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Elements to collect in a walk; tags are group << 16 | element.

    Attributes
    ----------
    elements : frozenset of int
        Elements of the top level and of the items of `sequences`.
    sequences : frozenset of int
        Sequences of the top level whose items are read.
    macros : frozenset of int
        Sequences within such items whose first item is merged into the outer one (functional groups).
    """

    elements: frozenset[int]
    sequences: frozenset[int] = frozenset()
    macros: frozenset[int] = frozenset()


def overrun(size: int, corrupt: bool) -> InputError:
    """Return the error for a length beyond the buffer: a truncated file, or a `corrupt` element header."""
    if corrupt:
        return InputError(Code.BAD_HEADER, "DICOM: expected a known VR, received another and a length beyond the file")
    return InputError(
        Code.TRUNCATED,
        f"DICOM: expected all bytes that the header states, received {size} in all; copy or export the file again",
    )


def read_element(data: Buffer, position: int, size: int, implicit: bool, order: str) -> Element:
    """Read the header of one element and check that its value, unless of undefined length, lies in the buffer."""
    if position + 8 > size:
        raise overrun(size, False)
    group, number, length = _HEAD[order](data, position)
    value, kind = position + 8, 0
    if not implicit and group != 0xFFFE:
        kind = VR.get(data[position + 4 : position + 6], 0)
        if kind == SHORT:
            length = _SHORT_LENGTH[order](data, position + 6)[0]
        elif kind:
            if position + 12 > size:
                raise overrun(size, False)
            length = _LONG_LENGTH[order](data, position + 8)[0]
            value = position + 12
    if length != UNDEFINED and value + length > size:
        raise overrun(size, not implicit and kind == 0 and group != 0xFFFE)
    return group << 16 | number, kind, value, length


def probe(data: Buffer, element: Element, implicit: bool, order: str) -> None:
    """Check the depth of a sequence of defined length; other faults inside do not matter, because it is not read."""
    _, kind, value, length = element
    if kind == 0 and data[value : value + 4] not in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"):
        return
    try:
        skip(data, element, value + length, implicit, order)
    except InputError as error:
        if error.code is Code.TOO_DEEP:
            raise


def skip(data: Buffer, element: Element, size: int, implicit: bool, order: str) -> int:
    """Skip a sequence and everything nested in it; return the offset after it."""
    stack: list[_Open] = []
    position = _push(stack, element, implicit)
    while stack:
        holds, stop, implicit = stack[-1]
        if stop is not None and position >= stop:
            if position > stop:
                raise InputError(Code.BAD_HEADER, "DICOM: expected items within their sequence, received longer ones")
            stack.pop()
            continue
        inner = read_element(data, position, size, implicit or holds != _ELEMENTS, order)
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
        elif holds == _FRAGMENTS or length < DEEP_ENOUGH:  # too short to be too deep
            position += length
        else:
            stack.append((_ELEMENTS, None if length == UNDEFINED else position + length, implicit))
        if len(stack) > 2 * MAX_DEPTH:
            raise InputError(
                Code.TOO_DEEP, f"DICOM: expected at most {MAX_DEPTH} nested sequences, received more; export it again"
            )
    return position


def _push(stack: list[_Open], element: Element, implicit: bool) -> int:
    """Open a sequence; return the offset of its first item."""
    _, kind, value, length = element
    if length == UNDEFINED and kind == LONG:
        stack.append((_FRAGMENTS, None, True))
    else:  # undefined length with VR UN means implicit elements inside (PS3.5, 6.2.2, note 2)
        stack.append((_ITEMS, None if length == UNDEFINED else value + length, implicit or kind == UNKNOWN))
    return value


def _is_sequence(data: Buffer, kind: int, value: int, length: int) -> bool:
    if length < DEEP_ENOUGH:
        return False  # too short to be too deep
    return kind == SEQUENCE or (kind == 0 and data[value : value + 4] == b"\xfe\xff\x00\xe0")


def read_items(
    data: Buffer, element: Element, size: int, implicit: bool, order: str, wanted: Wanted, *, inner: bool = False
) -> tuple[list[dict[int, bytes]], int]:
    """Collect the wanted elements of each item; macros are read one level deep (`inner`)."""
    _, kind, position, length = element
    implicit = implicit or kind == UNKNOWN
    stop = None if length == UNDEFINED else position + length
    if stop is not None and stop > size:
        raise overrun(size, False)
    items: list[dict[int, bytes]] = []
    while stop is None or position < stop:
        tag, _, position, length = read_element(data, position, size, True, order)
        if tag == _SEQUENCE_END and stop is None:
            break
        if tag != _ITEM:
            raise InputError(Code.BAD_HEADER, "DICOM: expected an item in a sequence, received another element")
        item: dict[int, bytes] = {}
        items.append(item)
        end = None if length == UNDEFINED else position + length
        while end is None or position < end:
            found = tag, kind, value, length = read_element(data, position, size, implicit, order)
            if tag == _ITEM_END and end is None:
                position = value
                break
            if tag in wanted.macros and not inner:
                nested, position = read_items(data, found, size, implicit, order, wanted, inner=True)
                item.update(nested[0] if nested else {})
            elif length == UNDEFINED or _is_sequence(data, kind, value, length):
                position = skip(data, found, size, implicit, order)
            else:
                if tag in wanted.elements:
                    item[tag] = data[value : value + length]
                position = value + length
    return items, position
