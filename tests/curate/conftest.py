"""Parts of a scan, made by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA


@dataclass
class Part:
    """Has what a part of a scan has."""

    first_row: int
    rows: pa.Table
    features: NDArray[np.float16]
    feature_row: NDArray[np.int64]


@pytest.fixture
def part():
    """Give a function that makes a part of rows: images unless told; the features are the row number and 1."""

    def make(*rows: dict, first: int = 0) -> Part:
        base = {"kind": "image", "status": "kept", "source": "s"}
        numbered = [base | {"image_id": f"{i:016x}", "path": str(i)} | row for i, row in enumerate(rows, first)]
        lines = [i for i, row in enumerate(rows) if row.get("kind") != "mask" and row.get("status") != "dropped"]
        row = np.array(lines, np.int64)
        features = np.stack([row + first, np.ones_like(row)], axis=1).astype(np.float16)
        return Part(first, pa.Table.from_pylist(numbered, schema=SCHEMA), features, row)

    return make


@pytest.fixture
def header():
    """Give a function that makes a row with a plane from its header."""

    def make(plane: str, **more: object) -> dict:
        return {"plane": plane, "plane_evidence": "header", "plane_confidence": 0.75, **more}

    return make
