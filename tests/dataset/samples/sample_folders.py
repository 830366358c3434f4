"""Dataset folders with slices, masks and volumes, small enough to read in a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from medcurate.catalogue import SCHEMA
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_nifti, encode_png
from medcurate.dataset.layout import image_path, mask_path, volume_path
from medcurate.run_folder import write_catalogue

AFFINE = np.array([[2.0, 0, 0, -10], [0, 1.0, 0, 5], [0, 0, 3.0, 7], [0, 0, 0, 1]])


class Folder:
    """Collects files and their rows, and opens them as a dataset."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict] = []

    def put(self, path: str, content: bytes, **row: object) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)
        self.rows.append({"path": path, "status": "kept", "source": "s", "origin": "real", **row})

    def slice(self, name: str, pixels: np.ndarray, labels: np.ndarray | None = None, **row: object) -> None:
        about = {"plane": "axial", "tumor": "glioma", "split": "train", **row}
        path = image_path(about["plane"], about["split"], about["tumor"], name)
        self.put(path, encode_png(pixels), kind="image", image_id=name, **about)
        if labels is not None:
            self.put(mask_path(path), encode_png(labels), kind="mask", image_id=f"mask-{name}", mask_of=name, **about)

    def volume(self, patient: str, name: str, voxels: np.ndarray, affine: np.ndarray = AFFINE, **row: object) -> None:
        about = {"tumor": "glioma", "split": "train", "patient_group": patient, **row}
        kind = "mask" if name == "mask" else "volume"
        path = volume_path(patient, name)
        self.put(path, encode_nifti(voxels, affine), kind=kind, image_id=f"{patient}-{name}", contrast=name, **about)

    def open(self) -> Dataset:
        (self.folder / "images").mkdir(parents=True, exist_ok=True)
        write_catalogue(self.folder / "catalogue.parquet", [pa.Table.from_pylist(self.rows, schema=SCHEMA)])
        return Dataset.open(self.folder)


def with_volumes(folder: Path, rng: np.random.Generator, *, patients: int = 3, shape=(9, 14, 6)) -> Dataset:
    """Write T1 and T2 of some patients, with masks of the labels 0, 1 and 2."""
    made = Folder(folder)
    for patient in range(patients):
        for name in ("T1", "T2"):
            made.volume(f"p{patient}", name, rng.integers(1, 255, shape, dtype=np.uint8), mask_area=patient / 10)
        made.volume(f"p{patient}", "mask", rng.integers(0, 3, shape).astype(np.uint8))
    return made.open()
