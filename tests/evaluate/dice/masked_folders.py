"""Dataset folders with masks in little: heads with a tumor whose parts differ in brightness."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA
from medcurate.dataset.files import encode_nifti, encode_png
from medcurate.dataset.layout import image_path, mask_path, volume_path
from medcurate.run_folder import write_catalogue
from tests.evaluate.dice.mask_samples import ellipsoid

SIZE = 32
SPACING = (2.0, 3.0)
_GRAY = np.array([60, 150, 110, 180, 240], np.uint8)


def drawn(
    rng: np.random.Generator, shape: tuple[int, ...] = (SIZE, SIZE)
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw a head and its labels in the numbering of BraTS 2013."""
    sides = np.array(shape)
    center = sides / 2 + rng.uniform(-0.18, 0.18, len(shape)) * sides
    labels = np.zeros(shape, np.uint8)
    for label, part in ((2, 0.25), (4, 0.16), (1, 0.08)):
        labels[ellipsoid(shape, center, sides * part)] = label
    head = ellipsoid(shape, (sides - 1) / 2, sides * 0.47)
    image = np.where(head | (labels > 0), _GRAY[labels], 0) + rng.normal(0, 4, shape)
    return np.clip(image, 0, 255).astype(np.uint8), labels


def plain(folder: Path, n: int, *, seed: int, size: int = SIZE, shift: int = 0, start: int = 0) -> Path:
    """Write a plain folder of images and ``masks/``; masks lie `shift` pixels beside what they label."""
    rng = np.random.default_rng(seed)
    for number in range(start, start + n):
        image, labels = drawn(rng, (size, size))
        for place, pixels in (("glioma", image), ("masks/glioma", np.roll(labels, shift, 1))):
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / f"{number}.png").write_bytes(encode_png(pixels))
    return folder


def catalogued(folder: Path, patients: dict[str, int], *, seed: int, slices: int = 4, volumes: bool = False) -> Path:
    """Write a dataset folder; `patients` names splits and how many patients each has."""
    rng, rows = np.random.default_rng(seed), []

    def put(path: str, content: bytes, **row: Any) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        rows.append({"path": path, "status": "kept", "source": "s", "origin": "real", "plane": "axial", **row})

    for split, count in patients.items():
        for patient in range(count):
            about: dict[str, Any] = {"split": split, "patient_group": f"{split}{patient}", "tumor": "glioma"}
            if volumes:
                voxels, labels = drawn(rng, (16, 20, 12))
                affine = np.diag([1.5, 1.0, 2.0, 1.0])
                for name, kind, content in (("FLAIR", "volume", voxels), ("mask", "mask", labels)):
                    path = volume_path(f"{split}{patient}", name)
                    put(path, encode_nifti(content, affine), kind=kind, image_id=path[-16:], **about)
                continue
            for number in range(slices):
                image, labels = drawn(rng)
                name = f"{len(rows):04x}{seed:012x}"
                path = image_path("axial", split, "glioma", name)
                about["spacing_mm"] = list(SPACING)
                put(path, encode_png(image), kind="image", image_id=name, **about)
                put(mask_path(path), encode_png(labels), kind="mask", image_id=f"m{number}", mask_of=name, **about)
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    if not volumes:
        return folder
    (folder / "images").mkdir(exist_ok=True)
    return folder
