"""From a finished picture to a file of the dataset, and its record.

The name of a file is a digest of its pixels, so that it does not matter which worker writes it, or how often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.homogenizing.pipeline import Pipeline
from medcurate.curate.homogenizing.records import KEPT, ImageRecord, RowFacts
from medcurate.curate.homogenizing.staging import staged_image, staged_mask
from medcurate.curate.steps import Picture, Record
from medcurate.dataset.files import Image, encode_png
from medcurate.dataset.layout import mask_path, unsplit_path
from medcurate.errors import Code
from medcurate.pixel_hash import pixel_digest
from medcurate.readers.options import ReadOptions
from medcurate.run_folder import atomic_write

_DECIMALS = 6


class WriteFailure(NamedTuple):
    """The output cannot be written: the run must stop."""

    message: str


@dataclass(frozen=True, slots=True)
class Task:
    """Everything that is the same for all jobs.

    Attributes
    ----------
    dataset : Path
        The folder to write.
    """

    dataset: Path
    options: ReadOptions
    pipeline: Pipeline


def write_image(
    task: Task,
    picture: Picture,
    steps: Sequence[Record],
    facts: RowFacts,
    *,
    row: int,
    original_frame: int | None,
) -> list[ImageRecord]:
    """Write a picture, and its mask if it has one; return their records.

    Parameters
    ----------
    picture : Picture
        Quantized.
    steps : sequence of Record
        What was done to it.
    facts : RowFacts
        What is known of this image; of a slice, with its plane, position, sharpness and notes.
    row : int
        Number of the row that it comes from.
    original_frame : int or None
        Frame of the file, or slice of the volume, that it comes from.
    """
    levels = picture.levels()
    image_id = pixel_digest(levels).hex()[:16]
    path = unsplit_path(facts.plane, facts.tumor, image_id)
    image = ImageRecord(
        row=row,
        status=KEPT,
        kind="image",
        plane=facts.plane,
        contrast=facts.contrast,
        path=path,
        image_id=image_id,
        spacing_mm=None if picture.spacing_mm is None else [round(size, _DECIMALS) for size in picture.spacing_mm],
        mask_area=None if picture.mask is None else share(picture.mask),
        sharpness=facts.sharpness,
        position=facts.position,
        notes=facts.notes or "",
        steps=json.dumps(steps, separators=(",", ":")),
        original_frame=original_frame,
        **_stored(staged_image(task.dataset, path), levels),
    )
    if picture.mask is None:
        return [image]
    labels = as_labels(picture.mask)
    mask_id = pixel_digest(labels).hex()[:16]
    mask = replace(
        image,
        kind="mask",
        path=mask_path(path),
        image_id=mask_id,
        mask_of=image_id,
        sharpness=None,
        contrast=None,
        **_stored(staged_mask(task.dataset, mask_id), labels),
    )
    return [image, mask]


def _stored(path: Path, levels: Image) -> dict[str, Any]:
    """Write an image and return the fields of its record that tell of the file."""
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
