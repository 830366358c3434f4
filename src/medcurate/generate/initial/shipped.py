"""The first weights that ship with medcurate: ``weights/index.json`` lists their files, each with its SHA-256."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from medcurate.generate.initial.weights_file import InitialWeights, read_initial_weights

FOLDER = Path(__file__).parent / "weights"
INDEX = "index.json"
MOST_BYTES = 25_000_000
"""All shipped weights together."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A file of first weights.

    Attributes
    ----------
    file : str
        In the folder of shipped weights.
    sha256 : str
    family : str
    size : int
        Width and height of its images (pixels).
    """

    file: str
    sha256: str
    family: str
    size: int


def shipped(folder: Path = FOLDER) -> tuple[Shipped, ...]:
    """Return what ships."""
    return tuple(Shipped(**entry) for entry in json.loads((folder / INDEX).read_text(encoding="utf-8"))["weights"])


def find_shipped(family: str, spatial: tuple[int, ...], folder: Path = FOLDER) -> InitialWeights | None:
    """Return the weights of a family for images of a size; None where none ship."""
    for entry in shipped(folder):
        if entry.family == family and spatial == (entry.size, entry.size):
            return read_initial_weights(folder / entry.file, entry.sha256)
    return None
