"""Where images and masks wait while a dataset is made, and their move to the places that its catalogue names.

The split of an image is decided when all images are known, and its path names the split. So workers write into a
private folder, and the images are moved at the end. A stopped run finds an image where it waits or where it was moved
to; a dataset whose splits have changed is moved without reading an original again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from medcurate.curate.homogenizing.catalogue_rows import CatalogueRow
from medcurate.curate.homogenizing.records import ImageRecord
from medcurate.dataset.layout import IMAGES, MASKS, without_split
from medcurate.run_folder import PRIVATE, atomic_write, output_errors

WAITING = f"{PRIVATE}/{IMAGES}"
"""Folder of the images whose split is not decided yet, within the dataset folder."""


def staged_image(dataset: Path, path: str) -> Path:
    """Return where an image waits.

    Parameters
    ----------
    path : str
        As `medcurate.dataset.layout.unsplit_path` gives it.
    """
    return dataset / WAITING / path


def staged_mask(dataset: Path, mask_id: str) -> Path:
    """Return where a mask waits: images with the same pixels may have different masks, and one name."""
    return dataset / PRIVATE / MASKS / f"{mask_id}.png"


def is_whole(dataset: Path, record: ImageRecord) -> bool:
    """Say whether the file of a kept record is there, waiting or in its place, with the bytes that were written.

    Parameters
    ----------
    record : ImageRecord
        Of a kept image, mask or volume.
    """
    if record.kind == "image":
        places = list(_copies(dataset, str(record.path)))
    elif record.kind == "mask" and record.mask_of is not None:
        places = [staged_mask(dataset, str(record.image_id))]
    else:
        places = [dataset / str(record.path)]
    return bool(places) and all(_sha256(path) == record.file_sha256 for path in places)


def put_in_place(dataset: Path, row: CatalogueRow) -> None:
    """Put the file of a row of the catalogue under the path that the row names; what is there already stays.

    Parameters
    ----------
    row : CatalogueRow
        Of a kept image, mask or volume. An image that has the pixels of an earlier one, and therefore a number in its
        name, must come after it.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    path = dataset / row.path
    if row.kind == "mask" and row.mask_of is not None:
        _same_content(staged_mask(dataset, row.image_id), path)
    elif row.kind == "image" and "-" in path.stem:
        _same_content(path.with_name(f"{row.image_id}.png"), path)
    elif row.kind == "image":
        _move(dataset, row.path)


def _move(dataset: Path, final: str) -> None:
    """Move an image that waits to its place. One in the place of another split is linked: its row may still hold."""
    path, waiting = dataset / final, staged_image(dataset, without_split(final))
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if waiting.is_file():
            waiting.replace(path)
            return
        if path.is_file():
            return
        source = next(_copies(dataset, without_split(final)))
        try:
            os.link(source, path)
        except OSError:  # some file systems have no links
            _same_content(source, path)


def _copies(dataset: Path, unsplit: str) -> Iterator[Path]:
    """Yield the files of an image: where it waits, and in the folder of each split."""
    plane, rest = unsplit.split("/", 1)
    splits = sorted((dataset / plane).iterdir()) if (dataset / plane).is_dir() else []
    for path in (staged_image(dataset, unsplit), *(split / rest for split in splits)):
        if path.is_file():
            yield path


def _same_content(source: Path, path: Path) -> None:
    with output_errors(path):
        content = source.read_bytes()
        if path.is_file() and path.read_bytes() == content:
            return
    with atomic_write(path, durable=False) as stream:
        stream.write(content)


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
