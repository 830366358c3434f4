"""``metadata.csv``: one row per image or volume of a dataset folder, with the columns that people filter by.

Spreadsheets open it, and tools that take ``file_name`` as the path of an image read it. It repeats what the catalogue
says of the rows that are kept, so it is never read back: `renew_metadata` makes it anew whenever the catalogue changes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from medcurate.catalogue import FILE_NAME, Catalogue
from medcurate.dataset.layout import ALL, MASK, METADATA, UNKNOWN, UNLABELED, mask_path
from medcurate.run_folder import atomic_write

_OF_CATALOGUE = {
    "file_name": "path",
    "label": "tumor",
    "split": "split",
    "plane": "plane",
    "image_id": "image_id",
    "kind": "kind",
    "source": "source",
    "modality": "modality",
    "contrast": "contrast",
    "patient_group": "patient_group",
    "fold": "fold",
    "height": "height",
    "width": "width",
    "position": "position",
    "origin": "origin",
    "license": "license",
}
_OTHERWISE = {"label": UNLABELED, "split": ALL, "plane": UNKNOWN}
"""Names of the folders of what is not known: a label is the name of the folder, whoever reads it."""
COLUMNS = (*_OF_CATALOGUE, "mask")
"""In file order. ``mask`` is the path of the mask, empty where there is none."""


def write_metadata(dataset: Path) -> None:
    """Write ``metadata.csv`` from the catalogue of a dataset folder. Hold its lock.

    Parameters
    ----------
    dataset : Path
        The catalogue must be complete. The same catalogue gives the same bytes.

    Raises
    ------
    UsageError
        There is no catalogue.
    OutputError
        The file cannot be written.
    """
    kept = Catalogue.open(dataset / FILE_NAME).filter(status="kept")
    masks = {path for batch in kept.filter(kind="mask").batches(["path"]) for path in batch.column(0).to_pylist()}
    with atomic_write(dataset / METADATA) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="")
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for batch in kept.filter(kind={"image", "volume"}).batches(list(_OF_CATALOGUE.values())):
            rows.writerows(_lines(batch, masks))
        text.flush()
        text.detach()


def renew_metadata(dataset: Path) -> None:
    """Write ``metadata.csv`` anew after the catalogue has changed; a folder without one stays without. Hold its lock.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    if (dataset / METADATA).is_file():
        write_metadata(dataset)


def _lines(batch: pa.RecordBatch, masks: set[str]) -> Iterator[list[Any]]:
    for row in batch.to_pylist():
        mask = _mask_of(row["path"], row["kind"])
        known = {name: row[column] for name, column in _OF_CATALOGUE.items()}
        filled = (_OTHERWISE.get(name) if value is None else value for name, value in known.items())
        yield [*filled, mask if mask in masks else None]


def _mask_of(path: str, kind: str) -> str:
    if kind == "volume":
        return str(PurePosixPath(path).with_name(f"{MASK}.nii.gz"))
    return mask_path(path)
