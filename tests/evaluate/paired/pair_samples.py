"""Pairs of pictures and volumes that any library can be asked about, and datasets of pairs; shared by tests."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA
from medcurate.dataset.files import encode_png
from medcurate.run_folder import write_catalogue


def pair(shape: tuple[int, ...], seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make two pictures or volumes of whole gray values: waves with noise, and the same with less contrast, more noise.

    The numbers that tests expect were recorded from other libraries on exactly these pixels.
    """
    rng = np.random.default_rng(seed)
    grid = np.meshgrid(*[np.linspace(0, 6, n) for n in shape], indexing="ij")
    deep = 30 * np.sin(grid[-1] * 5) if len(shape) == 3 else 0
    real = 127 + 60 * np.sin(grid[0] * 2) * np.cos(grid[1] * 3) + deep + rng.normal(0, 12, shape)
    synthetic = 0.9 * real + 8 + rng.normal(0, 9, shape)
    return np.clip(real, 0, 255).round(), np.clip(synthetic, 0, 255).round()


def write_images(folder: Path, images: dict[str, NDArray[np.uint8]]) -> Path:
    """Write a plain folder of pictures by path."""
    for path, pixels in images.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(encode_png(pixels))
    return folder


def write_volumes(folder: Path, volumes: dict[str, NDArray[np.float32]], splits: dict[str, str] | None = None) -> Path:
    """Write a dataset folder of volumes by path, ``volumes/<patient>/<contrast>.nii.gz``; splits by patient."""
    rows = []
    for path, voxels in volumes.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        nib.Nifti1Image(voxels, np.eye(4)).to_filename(folder / path)
        patient = path.split("/")[1]
        kind = "mask" if path.endswith("mask.nii.gz") else "volume"
        rows.append(
            {"path": path, "image_id": f"{len(rows):016x}", "kind": kind, "status": "kept", "source": "s"}
            | {"patient_group": patient, "tumor": "glioma", "split": (splits or {}).get(patient)}
        )
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return folder
