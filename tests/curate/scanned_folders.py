"""Small scans of made-up heads for the tests of homogenize: pictures, records with masks, volumes of patients."""

from __future__ import annotations

from pathlib import Path

import cv2
import nibabel as nib
import numpy as np

from medcurate.curate.deduplication import dedupe
from medcurate.curate.scanning import scan
from medcurate.phantom.volume_files import matlab

GRID = (40, 48, 36)
AFFINE = np.diag([1.0, 1.0, 1.0, 1.0])


def head(shape: tuple[int, int], seed: int, *, noise: float = 6.0) -> np.ndarray:
    """Draw an ellipse with a bright rim and structure on black, 8 bits; `seed` says where and how large."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    center = np.array(shape) / 2 + rng.uniform(-2, 2, 2)
    axes = np.array(shape) * rng.uniform(0.3, 0.42, 2)
    radius = np.hypot((rows - center[0]) / axes[0], (columns - center[1]) / axes[1])
    waves = np.sin(rows / rng.uniform(2, 5)) + np.cos(columns / rng.uniform(2, 5))
    pixels = np.where(radius < 1, 110 + 25 * waves, 0) + np.where((radius > 0.85) & (radius < 1), 60, 0)
    pixels = pixels + np.where(radius < 1.05, rng.normal(0, noise, shape), 0)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def volume(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an ellipsoid with structure, int16, and the labels of a tumor in it."""
    rng = np.random.default_rng(seed)
    grid = np.indices(GRID).transpose(1, 2, 3, 0)
    radius = np.sqrt((((grid - np.array(GRID) / 2) / (np.array(GRID) * 0.42)) ** 2).sum(-1))
    voxels = np.where(radius < 1, 600 + 200 * np.sin(grid[..., 0] / 3) + 90 * np.cos(grid[..., 1] / 2), 0)
    voxels = voxels + np.where(radius < 1, rng.normal(0, 20, GRID), 0)
    place = np.array(GRID) * 0.5 + rng.uniform(-4, 4, 3)
    distance = np.sqrt(((grid - place) ** 2).sum(-1))
    labels = np.where(distance < 3, 4, np.where(distance < 6, 1, 0))
    return np.where(labels > 0, voxels + 500, voxels).astype(np.int16), labels.astype(np.uint8)


def write_pictures(folder: Path, count: int = 12, *, first: int = 0) -> None:
    """Write PNGs and JPEGs under folders by tumor type, of several sizes."""
    for number in range(first, first + count):
        tumor = ("glioma", "pituitary")[number % 2]
        suffix = (".png", ".jpg", ".png")[number % 3]
        path = folder / tumor / f"p{number:02d}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = head(((60, 72), (90, 80), (64, 64))[number % 3], number)
        path.write_bytes(cv2.imencode(suffix, pixels)[1].tobytes())


def write_records(folder: Path, count: int = 3) -> None:
    """Write .mat records in figshare's layout, with masks, two of them of one patient."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        image = head((64, 64), 100 + number).astype(np.uint16) * 8
        mask = np.zeros((64, 64), bool)
        mask[25:35, 28 + number : 40] = True
        content = matlab(image, mask, "meningioma", f"PATIENT-{number // 2}")
        (folder / f"{number}.mat").write_bytes(content)


def write_volumes(folder: Path, patients: int = 2) -> None:
    """Write FLAIR, T1ce, a mask and a mask of the brain for each patient."""
    for number in range(patients):
        place = folder / f"case_{number}"
        place.mkdir(parents=True, exist_ok=True)
        voxels, labels = volume(number)
        other = np.where(voxels > 0, 1500 - voxels, 0).astype(np.int16)
        for name, data in (
            ("FLAIR", voxels),
            ("T1ce", other),
            ("seg", labels),
            ("brainmask", (voxels > 0).astype(np.uint8)),
        ):
            nib.save(nib.Nifti1Image(data, AFFINE), place / f"case_{number}_{name}.nii.gz")


def scanned(inputs: Path | list[Path], out: Path) -> Path:
    """Scan, mark exact copies, and return the folder."""
    scan(inputs if isinstance(inputs, list) else [inputs], out, workers=0, progress=False)
    dedupe(out, exact_only=True, workers=0, progress=False)
    return out
