"""Tables and arrays come back as they were."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from medcurate.journal.store import Journal
from medcurate.journal.tables import array_bytes, array_from, table_bytes, table_from


def test_a_table_comes_back_with_its_types_and_metadata(tmp_path):
    schema = pa.schema([("a", pa.int32()), ("b", pa.list_(pa.float64()))], metadata={"k": "ü"})
    table = pa.table({"a": [1, None], "b": [[1.5], None]}, schema=schema)
    with Journal(tmp_path / "a", "1") as journal:
        journal.put(b"t", table_bytes(table))
        journal.put(b"batch", table_bytes(table.to_batches()[0]))
        for key in (b"t", b"batch"):
            found = table_from(journal.get(key) or b"")
            assert found.equals(table, check_metadata=True)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(), (0, 3), (4, 3)])
def test_an_array_comes_back_with_its_type_and_shape(tmp_path, rng, shape, order):
    record = np.dtype([("n", "<u8"), ("h", "u1", (2, 3))])
    for array in (rng.normal(size=shape).astype(np.float16, order=order), np.zeros(shape, record, order=order)):
        with Journal(tmp_path / "a", "1") as journal:
            journal.put(b"x", array_bytes(array))
            found = array_from(journal.get(b"x") or b"")
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert (found == array).all()


def test_objects_are_refused(rng):
    with pytest.raises(ValueError, match="allow_pickle=False"):
        array_bytes(np.array([{}], object))
