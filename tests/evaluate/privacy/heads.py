"""Heads in little, each with folds of its own; what happens to copies of them; and the three sets of an evaluation."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.catalogue import SCHEMA
from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png
from medcurate.dataset.layout import image_path
from medcurate.evaluate.design.sides import Sides
from medcurate.run_folder import write_catalogue

SIDE = 64
Images = NDArray[np.uint8]


def heads(rng: np.random.Generator, n: int) -> Images:
    """Draw `n` heads, uint8 of shape (n, 64, 64): an ellipse with a rim, filled with folds of two sizes."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    found = np.empty((n, SIDE, SIDE), np.uint8)
    for image in found:
        wide, high = rng.uniform(22, 25), rng.uniform(26, 29)
        radius = np.hypot(x / wide, y / high)
        folds = sum(_folds(rng, sigma) * weight for sigma, weight in ((2.0, 26), (5.0, 26)))
        image[:] = np.clip(np.where(radius < 0.88, 110 + folds, np.where(radius < 1, 150, 3)), 0, 255)
        image[:] = cv2.GaussianBlur(image, (0, 0), 0.7)
    return found


def _folds(rng: np.random.Generator, sigma: float) -> NDArray[np.float64]:
    field = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), sigma)
    return field / field.std()


def turned(image: Images, degrees: float) -> Images:
    matrix = cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), np.uint8)


def noisy(image: Images, rng: np.random.Generator, sigma: float = 25.5) -> Images:
    return np.clip(image + rng.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)


def moved(image: Images, right: int, down: int) -> Images:
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return np.asarray(cv2.warpAffine(image, matrix, (SIDE, SIDE)), np.uint8)


def plain(folder: Path, images: Images) -> Dataset:
    """Write a plain folder of images, and open it."""
    (folder / "x").mkdir(parents=True)
    for number, image in enumerate(images):
        (folder / "x" / f"{number:04d}.png").write_bytes(encode_png(np.ascontiguousarray(image)))
    return Dataset.open(folder)


def generated(folder: Path, images: Images, *, origin: str = "synthetic") -> Path:
    """Write a dataset folder as a generator does."""
    rows = []
    for number, image in enumerate(images):
        path = image_path("axial", None, None, f"{number:016x}")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(encode_png(np.ascontiguousarray(image)))
        rows.append({"image_id": f"{number:016x}", "path": path, "kind": "image", "status": "kept", "origin": origin})
    write_catalogue(folder / "catalogue.parquet", [pa.Table.from_pylist(rows, schema=SCHEMA)])
    return folder


def sides(folder: Path, train: Images, test: Images, synthetic: Images, **more) -> Sides:
    """Write three plain folders, and open them as the sides of an evaluation."""
    opened = [plain(folder / name, images) for name, images in zip("abc", (train, test, synthetic), strict=True)]
    return Sides(*opened, **{"generator_ids": None, "size": SIDE, "seed": 0, **more})
