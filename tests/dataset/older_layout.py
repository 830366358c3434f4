"""A dataset folder as it was written before images lay in the folder of their split."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa

from medcurate.catalogue import SCHEMA, Catalogue
from medcurate.dataset.layout import IMAGES, PLANES, is_image_path, without_split
from medcurate.run_folder import write_catalogue


def as_older_layout(folder: Path) -> Path:
    """Move the images of a dataset folder to ``images/PLANE/TUMOR/ID.png``, and take ``metadata.csv`` away."""
    rows = Catalogue.open(folder).to_table().to_pylist()
    for row in rows:
        if row["status"] == "kept" and row["kind"] == "image" and is_image_path(row["path"]):
            before, row["path"] = folder / row["path"], f"{IMAGES}/{without_split(row['path'])}"
            (folder / row["path"]).parent.mkdir(parents=True, exist_ok=True)
            before.rename(folder / row["path"])
    for plane in PLANES:
        shutil.rmtree(folder / plane, ignore_errors=True)
    (folder / "metadata.csv").unlink(missing_ok=True)
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return folder
