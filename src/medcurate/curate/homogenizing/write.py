"""From a finished picture to a file of the dataset, and the line of the catalogue that tells of it.

A file's name is made of its pixels, so that it does not matter who writes it, or how often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.homogenizing.pipeline import Pipeline
from medcurate.curate.homogenizing.staging import staged_image, staged_mask
from medcurate.curate.steps import Picture, Record
from medcurate.dataset.files import Image, encode_png
from medcurate.dataset.layout import mask_path, unsplit_path
from medcurate.errors import Code
from medcurate.pixel_hash import pixel_digest
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import atomic_write

Line = dict[str, Any]
"""What became of a row, JSON-able: ``row`` (counted from the first of its job), ``status`` (``kept``, ``dropped``, or
``used`` for a mask that went into others), and columns of the catalogue."""

_DECIMALS = 6


class Broken(NamedTuple):
    """The output cannot be written: the run must stop."""

    message: str


@dataclass(frozen=True, slots=True)
class Task:
    """What every job needs to know.

    Attributes
    ----------
    dataset : Path
        The folder to write.
    options : ReadOptions
    pipeline : Pipeline
    """

    dataset: Path
    options: ReadOptions
    pipeline: Pipeline


def dropped(row: int, reason: str, message: str = "", **more: Any) -> Line:
    """Return the line of a row that is not in the dataset; with a message it is also listed as a reject."""
    return {"row": row, "status": "dropped", "reason": reason, "message": message, **more}


def used(row: int) -> Line:
    """Return the line of a mask that went into the masks of images."""
    return {"row": row, "status": "used"}


def write_image(task: Task, picture: Picture, records: Sequence[Record], line: Line) -> list[Line]:
    """Write a picture, and its mask if it has one; return their lines.

    Parameters
    ----------
    task : Task
    picture : Picture
        Quantized.
    records : sequence of Record
        What was done to it.
    line : dict
        ``row``, ``plane``, ``tumor`` and whatever else is known.
    """
    levels = picture.levels()
    image_id = pixel_digest(levels).hex()[:16]
    path = unsplit_path(line["plane"], line.pop("tumor"), image_id)
    whole = {
        **line,
        "status": "kept",
        "kind": "image",
        "path": path,
        "image_id": image_id,
        "spacing_mm": None if picture.spacing_mm is None else [round(size, _DECIMALS) for size in picture.spacing_mm],
        "mask_area": None if picture.mask is None else share(picture.mask),
        "steps": json.dumps(records, separators=(",", ":")),
        **_stored(staged_image(task.dataset, path), levels),
    }
    if picture.mask is None:
        return [whole]
    labels = as_labels(picture.mask)
    about = {"image_id": pixel_digest(labels).hex()[:16], "mask_of": image_id, "mask_area": whole["mask_area"]}
    mask = {**whole, "kind": "mask", "path": mask_path(path), "sharpness": None, "contrast": None, **about}
    return [whole, {**mask, **_stored(staged_mask(task.dataset, about["image_id"]), labels)}]


def _stored(path: Path, levels: Image) -> Line:
    content = encode_png(levels)
    return {
        "height": levels.shape[0],
        "width": levels.shape[1],
        "bit_depth": levels.dtype.itemsize * 8,
        "file_sha256": write_file(path, content),
    }


def write_file(path: Path, content: bytes) -> str:
    """Write a file, without waiting for the disk, and return its SHA-256, which the catalogue carries."""
    with atomic_write(path, durable=False) as stream:
        stream.write(content)
    return hashlib.sha256(content).hexdigest()


def as_labels(mask: NDArray[np.integer[Any]]) -> Image:
    """Return the labels of a mask in 8 bits where they fit, else in 16."""
    return mask.astype(np.uint8) if mask.max() <= 255 else mask.astype(np.uint16)


def share(mask: NDArray[np.integer[Any]]) -> float:
    """Return the share of pixels within a mask."""
    return round(float(np.count_nonzero(mask) / mask.size), _DECIMALS)


def sharpness(pixels: NDArray[np.float32]) -> float | None:
    """Return the variance of the Laplacian over that of the image; None where all pixels are equal."""
    spread = float(pixels.var(dtype=np.float64))
    if spread <= 0:
        return None
    return round(
        float(cv2.Laplacian(np.ascontiguousarray(pixels), cv2.CV_32F).var(dtype=np.float64)) / spread, _DECIMALS
    )


def joined(notes: Sequence[Code | str]) -> str:
    """Return notes as the catalogue has them."""
    return " ".join(dict.fromkeys(str(note) for note in notes))
