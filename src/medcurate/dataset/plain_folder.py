"""List a plain folder of class sub-folders (``train/glioma/x.jpg``, ``glioma/x.png``, ...) as a catalogue table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.dataset.layout import IMAGES, MASKS, PLANES, UNLABELED, VOLUMES
from medcurate.dataset.split_names import SPLITS
from medcurate.errors import UsageError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})
_PASSED_OVER = frozenset({MASKS, VOLUMES})


def list_folder(folder: Path) -> pa.Table:
    """List the images of a folder.

    Folder names give the facts: ``train``, ``val``, ``test`` (and their usual spellings) the split, ``axial``,
    ``coronal``, ``sagittal`` the plane, and the nearest other folder the tumor type. Hidden folders, ``masks`` and
    ``volumes`` are skipped.

    Returns
    -------
    Table
        With the columns of a catalogue; ``image_id`` is the path, because no file is read.

    Raises
    ------
    UsageError
        There is no image, or a name that is not UTF-8.
    """
    rows = [_row(path) for path in _paths(folder)]
    if not rows:
        raise UsageError(
            f"{folder} is not a dataset: expected a folder that `medcurate homogenize` wrote, or sub-folders with "
            f"images ({', '.join(sorted(SUFFIXES))})"
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _paths(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                path = (Path(place) / name).relative_to(folder).as_posix()
                if "\ud800" <= max(path) <= "\udfff":
                    raise UsageError(f"{folder} holds an image whose name is not UTF-8 ({path!a}); rename it")
                yield path


def _row(path: str) -> dict[str, object]:
    row: dict[str, object] = {"image_id": path, "path": path, "kind": "image", "status": "kept", "source": "folder"}
    for name in path.split("/")[:-1]:
        if name.lower() in SPLITS:
            row["split"] = SPLITS[name.lower()]
        elif name.lower() in PLANES:
            row["plane"] = name.lower()
        elif name != IMAGES:
            row["tumor"] = None if name == UNLABELED else name
    return row
