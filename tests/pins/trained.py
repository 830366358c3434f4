"""Train every family for 20 steps on one backend, draw 8 images, and read both from the files that users have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tests.pins.commands import run
from tests.pins.run_weights import read_weights
from tests.pins.thinned import thinned

BACKENDS = ("tensorflow", "jax")
FAMILIES = {
    "dcgan": ("width=8", "spectral_norm=true"),
    "fastgan": ("width=4",),
    "wgan-gp": ("width=8", "critic_turns=2"),
}
SIZE = 32
STEPS = 20
IMAGES = 8

_TRAIN = ["--batch", "8", "--condition", "tumor", "--average", "0.9", "--metric-every", "0", "--seed", "5", "--quiet"]
_FAST_COMPILATION = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true --xla_cpu_use_fusion_emitters=false"
)
"""XLA compiles for a minute more without it; the arithmetic is the same but for the order of sums and fused steps."""


def train_families(folder: Path, backend: str) -> None:
    """Train and draw into ``folder/FAMILY`` and ``folder/FAMILY-images``, all in one process."""
    folder.mkdir(parents=True)
    write_pictures(folder / "pictures")
    commands: list[list[object]] = []
    for family, options in FAMILIES.items():
        chosen = [word for option in options for word in ("--set", option)]
        train = ["train-gan", "pictures", "--model", family, "--size", SIZE, "--steps", STEPS, "--backend", backend]
        commands.append([*train, *chosen, *_TRAIN, "--out", family])
        commands.append(["generate", family, "--n", IMAGES, "--seed", 1, "--quiet", "--out", f"{family}-images"])
    flags = f"{_FAST_COMPILATION} {os.environ.get('XLA_FLAGS', '')}".strip()
    run(folder, commands, {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags})


def write_pictures(folder: Path) -> None:
    """Write discs of two tumor types, made of integers alone: every machine makes the same."""
    rng = np.random.default_rng(11)
    y, x = np.mgrid[:SIZE, :SIZE]
    for tumor, radius in (("glioma", 9), ("none", 13)):
        place = folder / "train" / tumor
        place.mkdir(parents=True)
        for number in range(12):
            cy, cx = rng.integers(14, 19, 2)
            disc = ((y - cy) ** 2 + (x - cx) ** 2 < radius**2) * rng.integers(120, 220)
            image = np.asarray(disc + rng.integers(0, 20, (SIZE, SIZE)), np.uint8)
            if not cv2.imwrite(str(place / f"{number}.png"), image):
                raise OSError(f"{place} cannot be written")


def read_training(folder: Path, family: str) -> dict[str, NDArray[Any]]:
    """Return the thinned weights after training, by player and place, and the ``images``."""
    found: dict[str, NDArray[Any]] = {"images": read_images(folder / f"{family}-images")}
    for player, weights in read_weights(folder / family).items():
        for place, weight in enumerate(weights):
            found |= {f"{player}/{place:02d}/{name}": array for name, array in thinned(weight).items()}
    return found


def read_images(dataset: Path) -> NDArray[np.uint8]:
    """Return the images of a generated dataset in the order in which they were drawn, shape (n, size, size)."""
    rows = pq.read_table(dataset / "catalogue.parquet", columns=["path", "original_frame"]).to_pylist()
    paths = [dataset / row["path"] for row in sorted(rows, key=lambda row: row["original_frame"])]
    return np.stack([cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in paths])
