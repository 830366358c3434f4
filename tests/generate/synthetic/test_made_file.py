"""What a file decides of its row are columns of the catalogue, and survive a store of JSON."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA
from medcurate.generate.synthetic.nifti_files import make_nifti
from medcurate.generate.synthetic.png_files import make_png

WORDS = {"model": "toy", "seed": "0", "number": "0"}


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 4)])
def test_columns_of_a_file(rng, shape, kind):
    pixels = rng.integers(1, 250, shape).astype(kind)
    made = make_png(pixels, WORDS) if len(shape) == 2 else make_nifti(pixels, np.eye(4), WORDS)
    assert json.loads(json.dumps(made.columns)) == made.columns
    row = pa.Table.from_pylist([dict(made.columns)], schema=SCHEMA).to_pylist()[0]
    assert {name: row[name] for name in made.columns} == made.columns
    assert made.columns["kind"] == ("image" if len(shape) == 2 else "volume")
