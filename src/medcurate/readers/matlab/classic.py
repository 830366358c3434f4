"""MATLAB files before v7.3: version 5 (to 7.2) and version 4.

SciPy reads them but trusts the declared sizes. So all tags are checked first: each element lies within its parent,
arrays have as many elements as their data, nesting is bounded, and there are no objects, functions or other non-numeric
classes. Source: MathWorks, "MAT-File Format" (2017 and later), chapters 1 and 2.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.io
from numpy.typing import NDArray

from medcurate.errors import Code, InputError
from medcurate.readers.options import ReadOptions
from medcurate.readers.translate import library_errors

_MATRIX, _COMPRESSED = 14, 15
_ITEM_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}
_CELL, _STRUCT, _CHAR, _NUMERIC = 1, 2, 4, range(6, 16)
_COMPLEX_FLAG = 0x0800
_DEEPEST = 8
_MOST_BYTES = 2**29
_V4_ITEM_BYTES = {0: 8, 1: 4, 2: 4, 3: 2, 4: 2, 5: 1}
_V4_FULL, _V4_TEXT = 0, 1
_V4_NAME_BYTES = 64


@dataclass(frozen=True, slots=True)
class Variable:
    """One array: its name, its shape, and for a struct the shapes of its fields."""

    name: str
    shape: tuple[int, ...]
    numeric: bool
    fields: dict[str, tuple[int, ...]] | None = None


class ClassicVariables:
    """The variables of a version 4 or 5 file, after all checks.

    Parameters
    ----------
    data : bytes
        The whole file.
    """

    def __init__(self, data: bytes, options: ReadOptions) -> None:
        found = walk_v5(data, options) if is_v5(data) else walk_v4(data)
        self._data = data
        self._variables = {variable.name: variable for variable in found}
        record = self._variables.get("cjdata")
        self.in_record = record is not None and record.fields is not None

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each numeric or character array."""
        if self.in_record:
            return dict(self._variables["cjdata"].fields or {})
        return {name: variable.shape for name, variable in self._variables.items() if variable.numeric}

    def load(self, name: str) -> NDArray[np.generic]:
        """Return one array."""
        outer = "cjdata" if self.in_record else name
        stream = io.BytesIO(self._data)
        with library_errors("MATLAB file"):
            value = scipy.io.loadmat(stream, variable_names=[outer])[outer]  # type: ignore[arg-type]
            array = np.asarray(value[name][0, 0] if self.in_record else value)
        if array.dtype.kind not in "biufU":
            raise InputError(Code.SCHEMA, "Expected a numeric array, found another kind of variable.")
        return array


def is_v5(head: bytes) -> bool:
    """Return whether the header is that of a version 5 file."""
    return len(head) >= 128 and head[124:128] in (b"\x00\x01IM", b"\x01\x00MI")


def is_v4(head: bytes) -> bool:
    """Return whether a version 4 variable starts here: without a signature, all five fields must be valid."""
    return any(_v4_header(head, 0, order) is not None for order in "<>")


def walk_v4(data: bytes) -> list[Variable]:
    """List the variables of a version 4 file.

    Raises
    ------
    InputError
        `BAD_HEADER`, `TRUNCATED`, `UNSUPPORTED` (sparse).
    """
    order = "<" if _v4_header(data, 0, "<") is not None else ">"
    variables, position = [], 0
    while position < len(data):
        header = _v4_header(data, position, order)
        if header is None:
            raise InputError(Code.BAD_HEADER, f"Expected a MATLAB 4 variable at byte {position}. The file is damaged.")
        kind, shape, is_complex, name, item_bytes = header
        if kind not in (_V4_FULL, _V4_TEXT):
            raise InputError(Code.UNSUPPORTED, "Sparse MATLAB arrays are not supported.")
        position += 20 + len(name) + 1 + math.prod(shape) * item_bytes * (2 if is_complex else 1)
        if position > len(data):
            raise InputError(
                Code.TRUNCATED, f"A MATLAB 4 variable declares {shape[0]} x {shape[1]}, the file ends before."
            )
        variables.append(Variable(name, shape, numeric=not is_complex))
    return variables


def _v4_header(data: bytes, position: int, order: str) -> tuple[int, tuple[int, int], bool, str, int] | None:
    if len(data) < position + 21:
        return None
    mopt, rows, columns, imaginary, name_bytes = struct.unpack_from(order + "5i", data, position)
    machine, rest = divmod(mopt, 1000)
    zero, precision, kind = rest // 100, rest // 10 % 10, rest % 10
    sane = machine == (0 if order == "<" else 1) and zero == 0 and precision in _V4_ITEM_BYTES and kind <= 2
    if not sane or rows < 1 or columns < 1 or imaginary not in (0, 1) or not 2 <= name_bytes <= _V4_NAME_BYTES:
        return None
    name = data[position + 20 : position + 20 + name_bytes]
    text = name[:-1].decode("ascii", "replace")
    if name[-1:] != b"\0" or not text.isidentifier():
        return None
    return kind, (rows, columns), bool(imaginary), text, _V4_ITEM_BYTES[precision]


def walk_v5(data: bytes, options: ReadOptions) -> list[Variable]:
    """List the variables of a version 5 file and check all their elements.

    Raises
    ------
    InputError
        `TRUNCATED`, `BOMB`, `BAD_HEADER`, `BAD_DIMS`, `TOO_DEEP`, `UNSUPPORTED`, `DECODE`.
    """
    order = "<" if data[126:128] == b"IM" else ">"
    most = min(_MOST_BYTES, options.max_inflated_bytes)
    variables, position = [], 128
    while position < len(data):
        kind, start, end, position = _tag(data, position, len(data), order, padded=False)
        if kind == _COMPRESSED:
            inner = _inflate(data[start:end], most)
            most -= len(inner)
            kind, start, end, _ = _tag(inner, 0, len(inner), order)
            variables.append(_matrix(inner, start, end, order, 0) if kind == _MATRIX else _unknown(kind))
        elif kind == _MATRIX:
            variables.append(_matrix(data, start, end, order, 0))
        else:
            _unknown(kind)
    return variables


def _unknown(kind: int) -> Variable:
    raise InputError(Code.BAD_HEADER, f"Expected a MATLAB array, found element type {kind}. The file is damaged.")


def _inflate(data: bytes, most: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        inner = inflater.decompress(data, most)
    except zlib.error as error:
        raise InputError(Code.DECODE, "The compressed data of a MATLAB variable is damaged. Copy it again.") from error
    if inflater.unconsumed_tail:
        raise InputError(Code.BOMB, f"Expected at most {_MOST_BYTES:,} bytes in the variables, there are more.")
    if not inflater.eof:
        raise InputError(Code.TRUNCATED, "The compressed data of a MATLAB variable is cut. Copy the file again.")
    return inner


def _tag(data: bytes, position: int, end: int, order: str, *, padded: bool = True) -> tuple[int, int, int, int]:
    """Return type, first and last byte of an element, and the start of the next one."""
    if position + 8 > end:
        raise InputError(Code.TRUNCATED, "A MATLAB element ends within its tag. Copy the file again.")
    kind, count = struct.unpack_from(order + "II", data, position)
    if kind >> 16:  # small element: type and length in one word, the data in the other
        kind, count = kind & 0xFFFF, kind >> 16
        if count > 4:
            raise InputError(Code.BAD_HEADER, "A small MATLAB element declares more than 4 bytes. The file is damaged.")
        return kind, position + 4, position + 4 + count, position + 8
    start = position + 8
    if start + count > end:
        raise InputError(Code.TRUNCATED, f"A MATLAB element declares {count:,} bytes, the file ends before.")
    following = start + count + (-count % 8 if padded else 0)
    return kind, start, start + count, min(following, end)


def _matrix(data: bytes, start: int, end: int, order: str, depth: int) -> Variable:
    if depth > _DEEPEST:
        raise InputError(Code.TOO_DEEP, f"Expected MATLAB structs nested at most {_DEEPEST} deep.")
    if start == end:
        return Variable("", (0, 0), numeric=True)
    flags, dims, name, position = _head(data, start, end, order)
    kind = flags & 0xFF
    if kind in _NUMERIC or kind == _CHAR:
        return _numbers(data, position, end, order, Variable(name, dims, numeric=not flags & _COMPLEX_FLAG))
    if kind == _STRUCT:
        return _struct(data, position, end, order, depth, Variable(name, dims, numeric=False, fields={}))
    if kind == _CELL:
        list(_children(data, position, end, order, depth, math.prod(dims)))
        return Variable(name, dims, numeric=False)
    raise InputError(
        Code.UNSUPPORTED, f"MATLAB class {kind} (object, function, sparse, ...) is not read. Save plain arrays only."
    )


def _head(data: bytes, start: int, end: int, order: str) -> tuple[int, tuple[int, ...], str, int]:
    kind, first, last, position = _tag(data, start, end, order)
    if kind != 6 or last - first != 8:
        raise InputError(Code.BAD_HEADER, "Expected the flags of a MATLAB array. The file is damaged.")
    (flags,) = struct.unpack_from(order + "I", data, first)
    kind, first, last, position = _tag(data, position, end, order)
    dims = np.frombuffer(data[first : last - (last - first) % 4], order + "i4").tolist()
    if kind != 5 or not 2 <= len(dims) <= 32 or min(dims) < 0:
        raise InputError(Code.BAD_DIMS, f"Expected 2 to 32 dimensions that are not negative, received {len(dims)}.")
    _, first, last, position = _tag(data, position, end, order)
    return flags, tuple(dims), data[first:last].decode("ascii", "replace"), position


def _numbers(data: bytes, position: int, end: int, order: str, variable: Variable) -> Variable:
    count = math.prod(variable.shape)
    parts = 1 if variable.numeric else 2
    for _ in range(parts):
        if position == end and count == 0:
            break
        kind, first, last, position = _tag(data, position, end, order)
        if kind not in _ITEM_BYTES:
            raise InputError(Code.BAD_HEADER, f"Expected a numeric MATLAB element, found type {kind}.")
        if count != (last - first) // _ITEM_BYTES[kind] and kind not in (16, 17, 18):
            raise InputError(Code.BAD_DIMS, f"A MATLAB array declares {count:,} elements and holds another number.")
        if count > last - first:
            raise InputError(Code.BAD_DIMS, f"A MATLAB array declares {count:,} elements and holds fewer.")
    return variable


def _struct(data: bytes, position: int, end: int, order: str, depth: int, variable: Variable) -> Variable:
    _, first, last, position = _tag(data, position, end, order)
    width = int.from_bytes(data[first:last], "little" if order == "<" else "big")
    _, first, last, position = _tag(data, position, end, order)
    if not 1 <= width <= 64 or (last - first) % width:
        raise InputError(Code.BAD_HEADER, "Expected the field names of a MATLAB struct. The file is damaged.")
    names = [data[at : at + width].split(b"\0")[0].decode("ascii", "replace") for at in range(first, last, width)]
    children = list(_children(data, position, end, order, depth, math.prod(variable.shape) * len(names)))
    single = math.prod(variable.shape) == 1
    fields = (
        {name: child.shape for name, child in zip(names, children, strict=False) if child.numeric} if single else None
    )
    return Variable(variable.name, variable.shape, numeric=False, fields=fields)


def _children(data: bytes, position: int, end: int, order: str, depth: int, count: int) -> Iterator[Variable]:
    if count > (end - position) // 8:
        raise InputError(Code.BAD_DIMS, f"A MATLAB struct or cell declares {count:,} elements, more than fit.")
    for _ in range(count):
        kind, first, last, position = _tag(data, position, end, order)
        yield _matrix(data, first, last, order, depth + 1) if kind == _MATRIX else _unknown(kind)
