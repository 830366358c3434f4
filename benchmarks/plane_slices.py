"""Slices of every real source as images without headers, with the plane from the header or from raters."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import nibabel
import numpy as np
import pydicom
from numpy.typing import NDArray

PLANES = ("axial", "coronal", "sagittal")
SIDE = 256
MIN_HEAD = 0.04
_BRIGHT = 30
_TILE = 64  # pixels per side of a slice in the mosaics
_FIRST, _LAST = 0.15, 0.85  # part of the head that volumes are cut in: beyond it there is little to see
_NOT_IMAGES = ("OTMultiClass", "brainmask")

Slice = tuple[NDArray[np.uint8], int]


@dataclass(frozen=True, slots=True)
class Slices:
    """Slices of one source.

    Attributes
    ----------
    images : list of ndarray of uint8, shape (height, width)
    planes : ndarray of int, shape (n,)
        Index into `PLANES`.
    left_out : int
        Slices with less than `MIN_HEAD` of their pixels above 30 of 255: no head to see.
    others : list of ndarray of uint8
        Images of the same input whose plane nobody has told.
    """

    source: str
    images: list[NDArray[np.uint8]]
    planes: NDArray[np.int64]
    left_out: int
    others: list[NDArray[np.uint8]] = field(default_factory=list)


def read_source(source: str, data: Path) -> Slices:
    """Read one of `SOURCES` from the folder of real data."""
    found = list(SOURCES[source](data))
    kept = [(image, plane) for image, plane in found if np.mean(image > _BRIGHT) >= MIN_HEAD]
    planes = np.array([plane for _, plane in kept], np.int64)
    others = [gray(path) for path in _unlabeled_sartaj(data)] if source == "sartaj" else []
    return Slices(source, [image for image, _ in kept], planes, len(found) - len(kept), others)


def gray(path: Path) -> NDArray[np.uint8]:
    """Decode an image file to gray."""
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise ValueError(f"{path.name}: cannot be decoded")
    return np.asarray(image, np.uint8)


def to_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Stretch the 0.5 % and 99.5 % quantiles to 0 and 255."""
    values = np.asarray(pixels, np.float32)
    low, high = np.percentile(values, [0.5, 99.5])
    if high <= low:
        low, high = float(values.min()), float(values.max()) + 1e-6
    return np.clip((values - low) / (high - low) * 255, 0, 255).astype(np.uint8)


def labeled(table: Path) -> list[tuple[str, int]]:
    """Read the columns ``path`` and ``plane`` of a table of labels."""
    with table.open(encoding="utf-8", newline="") as stream:
        return [(row["path"], PLANES.index(row["plane"])) for row in csv.DictReader(stream) if row["plane"] in PLANES]


def _sartaj(data: Path) -> Iterator[Slice]:
    for path, plane in labeled(data / "sartaj_planes.csv"):
        yield gray(data / "sartaj" / path), plane


def _unlabeled_sartaj(data: Path) -> list[Path]:
    known = {data / "sartaj" / path for path, _ in labeled(data / "sartaj_planes.csv")}
    return [path for path in sorted((data / "sartaj").rglob("*.jpg")) if path not in known]


def _nichart_slices(data: Path) -> Iterator[Slice]:
    for path, plane in labeled(data / "slices" / "labels.csv"):
        yield gray(data / path), plane


def _volumes(data: Path, *, pattern: str, count: int) -> Iterator[Slice]:
    for path in sorted((data / "volumes").glob(pattern)):
        if not path.name.startswith(_NOT_IMAGES):
            yield from _cut(path, count)


def _cut(path: Path, count: int) -> Iterator[Slice]:
    """Cut a volume in its three planes, upright, at its true proportions."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    volume = np.asanyarray(image.dataobj, dtype=np.float32)
    volume = volume[..., 0] if volume.ndim == 4 else volume
    spacing = [float(step) for step in image.header.get_zooms()[:3]]
    head = volume > (volume.mean() * 0.5 if volume.min() >= 0 else volume.min() + 1e-3)
    for axis, plane in ((0, "sagittal"), (1, "coronal"), (2, "axial")):
        others = tuple(other for other in range(3) if other != axis)
        inside = np.flatnonzero(head.any(axis=others))
        first, last = inside[0], inside[-1]
        for place in np.linspace(first + (last - first) * _FIRST, first + (last - first) * _LAST, count):
            pixels = np.take(volume, round(float(place)), axis=axis).T[::-1]
            if plane == "axial":
                pixels = pixels[:, ::-1]  # as radiologists look at it
            yield _sized(to_bytes(pixels), spacing[others[1]], spacing[others[0]]), PLANES.index(plane)


def _sized(image: NDArray[np.uint8], row_mm: float, column_mm: float) -> NDArray[np.uint8]:
    height, width = image.shape[0] * row_mm, image.shape[1] * column_mm
    scale = min(1.0, SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _dicom(data: Path, *, folder: str) -> Iterator[Slice]:
    for path, plane in labeled(data / "dicom" / "labels.csv"):
        if path.split("/")[1] == folder:
            frames = pydicom.dcmread(data / path).pixel_array
            frames = frames[None] if frames.ndim == 2 else frames
            for frame in frames[:: 1 if len(frames) < 30 else 3]:
                yield to_bytes(frame), plane


def _mosaic(data: Path) -> Iterator[Slice]:
    """Cut the mosaics into their tiles; what is blank fills the last row."""
    for path, plane in labeled(data / "dicom" / "labels.csv"):
        if path.split("/")[1] == "trap_mosaic":
            pixels = pydicom.dcmread(data / path).pixel_array
            rows, columns = (side // _TILE for side in pixels.shape)
            tiles = pixels.reshape(rows, _TILE, columns, _TILE).swapaxes(1, 2).reshape(-1, _TILE, _TILE)
            yield from ((to_bytes(tile), plane) for tile in tiles if tile.any())


Reader = Callable[[Path], Iterator[Slice]]
UNSEEN: Mapping[str, Reader] = {
    "sartaj": _sartaj,
    "slices/nichart": _nichart_slices,
    "volumes/nichart": partial(_volumes, pattern="nichart/*/*.nii.gz", count=8),
    "brats2013": partial(_volumes, pattern="brats2013/*/*/*.nii.gz", count=8),
    "MR_Gd": partial(_volumes, pattern="mixed/MR_Gd.nii.gz", count=24),
    "chris_PD": partial(_volumes, pattern="mixed/chris_PD.nii.gz", count=24),
    "chris_t1": partial(_volumes, pattern="mixed/chris_t1.nii.gz", count=24),
}
"""Sources that the bundled model has never seen."""

LEFT_OUT: Mapping[str, Reader] = {
    "M2208_T2w": partial(_volumes, pattern="mixed/M2208_T2w.nii.gz", count=24),
    "T1_head_ext2": partial(_volumes, pattern="mixed/register/T1_head_ext2.nii.gz", count=24),
    "qa_decubitus": partial(_dicom, folder="qa_decubitus"),
    "qa_nih_ge": partial(_dicom, folder="qa_nih_ge"),
    "qa_philips_enh": partial(_dicom, folder="qa_philips_enh"),
    "qa_xa30_enh": partial(_dicom, folder="qa_xa30_enh"),
    "studyforrest_t1": partial(_dicom, folder="studyforrest_t1"),
    "trap_mosaic": _mosaic,
}
"""Sources that it may be trained on: where it was, they are measured with models that each left one out."""

SOURCES: Mapping[str, Reader] = {**UNSEEN, **LEFT_OUT}
