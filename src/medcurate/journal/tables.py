"""Arrow tables and NumPy arrays as values of a journal."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def table_bytes(table: pa.Table | pa.RecordBatch) -> memoryview:
    """Return a table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    return memoryview(sink.getvalue())


def table_from(value: bytes) -> pa.Table:
    """Return the table that `table_bytes` made into bytes; its columns share their memory."""
    with pa.ipc.open_stream(pa.py_buffer(value)) as reader:
        return reader.read_all()


def array_bytes(array: NDArray[Any]) -> memoryview:
    """Return an array in NumPy's file format."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getbuffer()


def array_from(value: bytes) -> NDArray[Any]:
    """Return the array that `array_bytes` made into bytes; read-only, it shares their memory."""
    stream = io.BytesIO(value)
    version = np.lib.format.read_magic(stream)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, in_columns, dtype = read_header(stream)
    return np.frombuffer(value, dtype, offset=stream.tell()).reshape(shape, order="F" if in_columns else "C")
