"""What a run keeps of its training set, so that images can be generated where the training set is not at hand.

::

    RUN/
      training_ids.txt         image_id of each image, one a line: evaluation must not test on them
      training_set.json        how many images of which plane and tumor type
      training_verdict.json    the sources and their terms, which generated images inherit
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.compute as pc

from medcurate.dataset import Dataset
from medcurate.dataset.layout import UNKNOWN, UNLABELED
from medcurate.datasets_manifest.internal_use import as_verdict, sources_of
from medcurate.datasets_manifest.licenses.inheritance import training_sources
from medcurate.datasets_manifest.licenses.license_source import Source
from medcurate.errors import UsageError
from medcurate.run_folder import atomic_write

IDS = "training_ids.txt"
RECORD = "training_set.json"
VERDICT = "training_verdict.json"

_SCHEMA = 1
_SHARED = ("modality", "contrast")


class Cell(NamedTuple):
    """Images that share their labels; None where a label is not known.

    Attributes
    ----------
    plane, tumor : str or None
    images : int
    """

    plane: str | None
    tumor: str | None
    images: int


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What a run keeps of its training set.

    Attributes
    ----------
    cells : tuple of Cell
        Sorted by plane and tumor.
    shared : dict of str to str or None
        ``modality`` and ``contrast``, where all images have the same.
    sources : tuple of Source
        For the license rules.
    ids, verdict : bytes
        Content of the files.
    """

    cells: tuple[Cell, ...]
    shared: dict[str, str | None]
    sources: tuple[Source, ...]
    ids: bytes
    verdict: bytes

    @property
    def images(self) -> int:
        """How many there are."""
        return sum(cell.images for cell in self.cells)


def record_training_set(run: Path, dataset: Dataset) -> TrainingSet:
    """Write down what a run is trained on; the same dataset gives the same bytes.

    Parameters
    ----------
    run : Path
        The run folder; hold its lock.
    dataset : Dataset
        The images that the training reads, and no others.

    Raises
    ------
    UsageError
        The ``verdict.json`` or ``sources.toml`` of the dataset is not what it should be.
    OutputError
        It cannot be written.
    """
    columns = (_values(dataset, "plane", UNKNOWN), _values(dataset, "tumor", UNLABELED))
    counts = Counter(zip(*columns, strict=True))
    told = {
        "schema": _SCHEMA,
        "images": len(dataset),
        "cells": [{"plane": plane, "tumor": tumor, "images": counts[plane, tumor]} for plane, tumor in _sorted(counts)],
        **{name: _only(dataset, name) for name in _SHARED},
    }
    contents = {
        IDS: "".join(f"{one}\n" for one in dataset.ids).encode(),
        VERDICT: as_verdict(sources_of(dataset.folder)),
        RECORD: (json.dumps(told, indent=1) + "\n").encode(),
    }
    for name, content in contents.items():
        with atomic_write(run / name) as stream:
            stream.write(content)
    return read_training_set(run)


def read_training_set(run: Path, verdict: Path | None = None) -> TrainingSet:
    """Read what `record_training_set` wrote.

    Parameters
    ----------
    run : Path
    verdict : Path, optional
        A newer ``verdict.json`` of the training set, or the folder that holds it, in place of what the run keeps.

    Raises
    ------
    UsageError
        A file is missing, or not what it should be.
    """
    sources = training_sources(str(verdict.absolute()) if verdict else VERDICT, run)
    try:
        ids = (run / IDS).read_bytes()
        told = json.loads((run / RECORD).read_bytes())
        if told["schema"] != _SCHEMA:
            raise ValueError(f"schema {told['schema']}")
        cells = tuple(_cell(table) for table in told["cells"])
        shared = {name: None if told[name] is None else str(told[name]) for name in _SHARED}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{run}: expected {IDS} and {RECORD} as medcurate train-gan writes them ({type(error).__name__}); "
            "copy the run again, or train anew"
        ) from error
    return TrainingSet(cells, shared, sources, ids, as_verdict(sources))


def _cell(table: dict[str, Any]) -> Cell:
    plane, tumor, images = (table[name] for name in Cell._fields)
    if not all(value is None or isinstance(value, str) for value in (plane, tumor)) or type(images) is not int:
        raise TypeError("a cell holds other things than labels and a count")
    if images < 1:
        raise ValueError("a cell without images")
    return Cell(plane, tumor, images)


def _values(dataset: Dataset, column: str, unknown: str) -> list[str | None]:
    values = dataset.rows.column(column).to_pylist()
    return [None if value == unknown else value for value in values]


def _sorted(counts: Counter[tuple[str | None, str | None]]) -> list[tuple[str | None, str | None]]:
    return sorted(counts, key=lambda labels: tuple(label or "" for label in labels))


def _only(dataset: Dataset, column: str) -> str | None:
    """Return the value that all images have, None where they differ or it is not known."""
    values = pc.unique(dataset.rows.column(column)).to_pylist()
    return values[0] if len(values) == 1 else None
