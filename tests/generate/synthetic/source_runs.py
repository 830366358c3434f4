"""Runs of generators that are given images, as `train-gan` would leave them, and stand-ins that draw from a source."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medcurate.dataset import Dataset
from medcurate.dataset.samples import ColumnChoice
from medcurate.generate.drawing.weights import save_generator
from medcurate.generate.training.reading import Reading, read_examples
from medcurate.generate.training.training_set import record_training_set


def source_run(folder: Path, dataset: Dataset, reading: Reading, *, classes=None, attributes=()) -> Path:
    """Record a run that was trained on `dataset`, read as `reading` says."""
    folder.mkdir(parents=True)
    examples = read_examples(dataset, reading)
    record_training_set(folder, dataset, examples)
    columns = examples.samples.columns
    architecture = {
        "family": "toy",
        "config": {},
        "spatial": list(reading.spatial),
        "target": columns["target"].shape[-1],
        "source": columns["source"].shape[-1] if "source" in columns else 0,
        "classes": classes or {},
        "attributes": list(attributes),
        "contrasts": list(examples.reading.choice.target or ()),
    }
    save_generator(folder, architecture, {"0000": np.zeros(2, np.float32)})
    return folder


def reading(kind="slices", spatial=(8, 8), **choice) -> Reading:
    return Reading(kind=kind, spatial=spatial, choice=ColumnChoice(**choice))


class Negative:
    """Draws the negative of a source, with a mark of the number in one corner; remembers what it was given."""

    def __init__(self, channels: int = 1, *, numbered: bool = True) -> None:
        self.classes: dict[str, tuple[str, ...]] = {}
        self.given: list[dict] = []
        self.channels, self.numbered = channels, numbered

    def sample(self, first, n, *, seed=0, **given):
        self.given.append(given)
        drawn = 255 - np.repeat(given["source"][..., :1], self.channels, axis=-1)
        if self.numbered:
            for k in range(n):
                drawn[(k,) + (0,) * (drawn.ndim - 2)] = first + k
        return drawn
