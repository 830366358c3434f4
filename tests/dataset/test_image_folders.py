"""Keras reads each split of a plane as an image folder."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from medcurate.catalogue import SCHEMA
from medcurate.dataset.files import encode_png
from medcurate.dataset.layout import image_path, mask_path
from medcurate.learning.keras_backend import load_keras
from medcurate.run_folder import write_catalogue

SPLITS = {"train": {"glioma": 4, "none": 3}, "test": {"glioma": 1, "none": 2}}


@pytest.fixture
def dataset(tmp_path, rng):
    rows = []
    for split, counts in SPLITS.items():
        for tumor, count in counts.items():
            for number in range(count):
                path = image_path("axial", split, tumor, f"{number:016x}")
                for place in (path, mask_path(path)):
                    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
                    (tmp_path / place).write_bytes(encode_png(rng.integers(0, 255, (16, 16), dtype=np.uint8)))
                rows.append({"path": path, "kind": "image", "status": "kept", "tumor": tumor, "split": split})
    write_catalogue(tmp_path / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return tmp_path


@pytest.mark.parametrize("split", SPLITS)
def test_keras_finds_the_classes_and_all_images(dataset, split):
    load_keras()
    import keras

    found = keras.utils.image_dataset_from_directory(
        dataset / "axial" / split, color_mode="grayscale", image_size=(16, 16), batch_size=2, verbose=False
    )
    assert found.class_names == ["glioma", "none"]
    counts = Counter(found.class_names[label] for _, labels in found for label in labels.numpy().tolist())
    assert counts == SPLITS[split]
