"""Pictures of three classes that differ in where a spot lies; noise makes a few of them too few to learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.dataset.files import encode_png
from medcurate.dataset.layout import image_path
from medcurate.evaluate.downstream.material import Labeled, Material
from medcurate.run_folder import write_catalogue

CLASSES = ("a", "b", "c")
SIZE = 16


def pictures(rng, labels, *, size=SIZE):
    """Draw a picture of each class number: a faint spot at one of three places among clutter."""
    labels = np.asarray(labels)
    images = rng.normal(90, 25, (len(labels), size, size))
    for image, label in zip(images, labels, strict=True):
        row, column = ((4, 4), (4, 10), (10, 7))[label] + rng.integers(-2, 3, 2)
        image[row : row + 3, column : column + 3] += 60
    return np.clip(images, 0, 255).astype(np.uint8)


def labeled(rng, per_class):
    """Draw so many pictures of each class."""
    labels = np.repeat(np.arange(len(CLASSES)), per_class)
    return Labeled(pictures(rng, labels), labels.astype(np.int64))


def material(rng, *, real=40, synthetic=60, test=30, made=None):
    """Make material whose synthetic images are as good as real ones, unless others are given."""
    tested = labeled(rng, test)
    groups = np.arange(len(tested)) // 2
    return Material(CLASSES, labeled(rng, real), made or labeled(rng, synthetic), tested, groups, True)


def write(folder: Path, rng, rows: list[dict]) -> Path:
    """Write a dataset folder; a row's tumor type is a class here, or None."""
    full = []
    for number, row in enumerate(rows):
        path = image_path("axial", row.get("split"), row["tumor"], f"{number:016x}")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        place = CLASSES.index(row["tumor"]) if row["tumor"] in CLASSES else 0
        (folder / path).write_bytes(encode_png(pictures(rng, [place])[0]))
        about = {"image_id": f"{number:016x}", "path": path, "kind": "image", "status": "kept", "source": "s"}
        full.append(about | {"origin": "real"} | row)
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(full, schema=SCHEMA)])
    return folder
