"""Constants of a frozen TensorFlow graph, read from its file without TensorFlow: nothing in the file is run.

A ``GraphDef`` is a protocol buffer (https://protobuf.dev/programming-guides/encoding/): a sequence of fields, each a
number, a type and a value. Only the fields that name nodes and hold their constants are read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import UsageError

_NODE, _NAME, _ATTRIBUTE, _KEY, _VALUE, _TRUE, _TENSOR = 1, 1, 5, 1, 2, 5, 8
_TYPE, _SHAPE, _CONTENT, _DIMENSION, _SIZE, _FLOAT = 1, 2, 4, 2, 1, 1
_MOST = 1 << 29  # bytes

Field = tuple[int, int | memoryview]


def read_constants(path: Path) -> tuple[dict[str, NDArray[np.float32]], frozenset[str]]:
    """Read the constants of 32-bit floats of a graph.

    Returns
    -------
    constants : dict of str to ndarray of float32
        By name of the node.
    scaled : frozenset of str
        Names of the nodes that normalize a batch and multiply by gamma afterwards.

    Raises
    ------
    UsageError
        The file cannot be read, is larger than 512 MiB, or is no graph.
    """
    try:
        if path.stat().st_size > _MOST:
            raise UsageError(f"{path}: expected a graph of at most {_MOST >> 20} MiB")
        content = memoryview(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({type(error).__name__}): expected a frozen graph") from error
    constants: dict[str, NDArray[np.float32]] = {}
    scaled: set[str] = set()
    try:
        for number, node in _fields(content):
            if number == _NODE and isinstance(node, memoryview):
                _read_node(node, constants, scaled)
    except (IndexError, ValueError) as error:
        raise UsageError(f"{path}: expected a frozen TensorFlow graph ({error})") from error
    return constants, frozenset(scaled)


def _read_node(node: memoryview, constants: dict[str, NDArray[np.float32]], scaled: set[str]) -> None:
    name = ""
    for number, value in _fields(node):
        if number == _NAME and isinstance(value, memoryview):
            name = bytes(value).decode()
        elif number == _ATTRIBUTE and isinstance(value, memoryview):
            entry = dict(_fields(value))
            key, attribute = entry.get(_KEY), entry.get(_VALUE)
            if not isinstance(key, memoryview) or not isinstance(attribute, memoryview):
                continue
            found = dict(_fields(attribute))
            tensor = found.get(_TENSOR)
            if bytes(key) == b"value" and isinstance(tensor, memoryview):
                array = _tensor(tensor)
                if array is not None:
                    constants[name] = array
            if bytes(key) == b"scale_after_normalization" and found.get(_TRUE):
                scaled.add(name)


def _tensor(tensor: memoryview) -> NDArray[np.float32] | None:
    """Return a tensor of 32-bit floats that is stored as bytes, and None for any other."""
    fields = dict(_fields(tensor))
    shape, content = fields.get(_SHAPE), fields.get(_CONTENT)
    if fields.get(_TYPE) != _FLOAT or not isinstance(shape, memoryview) or not isinstance(content, memoryview):
        return None
    dimensions = [dict(_fields(one)) for number, one in _fields(shape) if number == _DIMENSION if one]
    sizes = [size for one in dimensions if isinstance(size := one.get(_SIZE, 0), int)]
    if 4 * math.prod(sizes) != len(content):
        raise ValueError(f"a constant of shape {tuple(sizes)} has {len(content)} bytes")
    return np.frombuffer(content, "<f4").reshape(sizes)


def _fields(message: int | memoryview) -> Iterator[Field]:
    """Yield number and value of each field: whole numbers, and bytes as a view."""
    if isinstance(message, int):
        raise ValueError("a message is a number")
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(message, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"field of type {kind}")
        if at + length > len(message):
            raise ValueError("the file ends within a field")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
