"""A run folder as `train-gan` leaves it, without a training, and a stand-in for its generator."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from medcurate.dataset import Dataset
from medcurate.generate.drawing.weights import save_generator
from medcurate.generate.training.training_set import record_training_set
from tests.datasets_manifest.made_dataset import make, row

IXI = '[sources.x]\ncard = "ixi"\n'
CLASSES = {"tumor": ("glioma", "none", "pituitary")}


def training_rows(counts: Mapping[str | None, int], *, plane: str = "axial", first: int = 0) -> list[dict]:
    """Return so many rows of each tumor type."""
    tumors = [tumor for tumor, count in counts.items() for _ in range(count)]
    return [row("x", first + k, tumor=tumor, plane=plane, modality="MR") for k, tumor in enumerate(tumors)]


def made_run(
    folder: Path,
    *,
    rows: list[dict] | None = None,
    sources: str = IXI,
    classes: Mapping[str, tuple[str, ...]] = CLASSES,
    weights: int = 0,
) -> Path:
    """Make a training set beside the run and record it."""
    rows = training_rows({"glioma": 6, "none": 3, "pituitary": 1}) if rows is None else rows
    dataset = make(folder.parent / f"{folder.name}-data", rows, sources)
    folder.mkdir()
    record_training_set(folder, Dataset.open(dataset))
    architecture = {"family": "dcgan", "config": {}, "spatial": [16, 16], "target": 1, "classes": classes}
    save_generator(folder, architecture, {"generator/0000": np.full((2, 2), weights, np.float32)})
    return folder


@dataclass
class Sampler:
    """Draws noise that depends on seed, number and label, and remembers what it was asked for.

    `equal` maps a number to that whose pixels it gives.
    """

    classes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: CLASSES)
    equal: Mapping[int, int] = field(default_factory=dict)
    shape: tuple[int, ...] = (16, 16, 1)
    asked: list[tuple[int, int]] = field(default_factory=list)
    stop_at: int = 10**9

    def sample(self, first, n, *, seed=0, labels):
        assert set(labels) == set(self.classes)
        assert all(len(values) == n and set(values) <= set(self.classes[name]) for name, values in labels.items())
        if first + n > self.stop_at:
            raise KeyboardInterrupt
        self.asked.append((first, n))
        told = [tuple(values[k] for values in labels.values()) for k in range(n)]
        return np.stack([self.picture(first + k, seed, told[k]) for k in range(n)])

    def picture(self, number: int, seed: int, labels: tuple[str, ...]) -> np.ndarray:
        if number in self.equal:
            number, labels = self.equal[number], ()
        elif number in self.equal.values():
            labels = ()
        entropy = hashlib.sha256(repr((number, seed, labels)).encode()).digest()
        return np.random.default_rng(list(entropy)).integers(0, 256, self.shape, np.uint8)
