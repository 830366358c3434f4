"""The facts of its training set that a run keeps, so that images can be generated without the training set.

::

    RUN/
      training_ids.txt         image_id of each image, one per line: evaluation must not test on them
      training_set.json        how many images of which plane and tumor type, how they were read, their attributes
      training_verdict.json    the sources and their terms, which generated images inherit
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medcurate.dataset import Dataset
from medcurate.dataset.layout import UNKNOWN, UNLABELED
from medcurate.datasets_manifest.internal_use import as_verdict, sources_of
from medcurate.datasets_manifest.licenses.inheritance import training_sources
from medcurate.datasets_manifest.licenses.license_source import Source
from medcurate.errors import UsageError
from medcurate.generate.training.reading import ReadExamples, Reading
from medcurate.run_folder import atomic_write

IDS = "training_ids.txt"
RECORD = "training_set.json"
VERDICT = "training_verdict.json"

_SCHEMA = 1
_SHARED = ("modality", "contrast")


_ATTRIBUTE_ROWS = 4096
"""Training examples whose attributes are kept; of more of them, some spread evenly."""


class ClassCount(NamedTuple):
    """How many images have the same labels; None where a label is not known.

    Attributes
    ----------
    plane, tumor : str or None
    images : int
    """

    plane: str | None
    tumor: str | None
    images: int


class AttributeRow(NamedTuple):
    """Labels and attributes of one training example; None where one is not known.

    Attributes
    ----------
    plane, tumor : str or None
    values : tuple of float or None
    """

    plane: str | None
    tumor: str | None
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """The facts of its training set that a run keeps.

    Attributes
    ----------
    counts : tuple of ClassCount
        Sorted by plane and tumor.
    shared : dict of str to str or None
        ``modality`` and ``contrast``, where all images have the same.
    sources : tuple of Source
        For the license rules.
    ids, verdict : bytes
        Content of the files.
    reading : Reading or None
        How the examples were read; None of a run of an earlier version.
    attributes : tuple of AttributeRow
        Of some training examples; the names are those of ``reading.choice``.
    spacing_mm : tuple of float or None
        Of volumes: the median distance of the voxels along each axis, on the grid of the generator.
    """

    counts: tuple[ClassCount, ...]
    shared: dict[str, str | None]
    sources: tuple[Source, ...]
    ids: bytes
    verdict: bytes
    reading: Reading | None = None
    attributes: tuple[AttributeRow, ...] = ()
    spacing_mm: tuple[float, ...] | None = None

    @property
    def images(self) -> int:
        """The number of training images."""
        return sum(count.images for count in self.counts)


def record_training_set(run: Path, dataset: Dataset, examples: ReadExamples | None = None) -> TrainingSet:
    """Write the facts of a training set into a run; the same dataset gives the same bytes.

    Parameters
    ----------
    run : Path
        The run folder; hold its lock.
    dataset : Dataset
        Where the images are from; without `examples` also the images that the training reads, and no others.
    examples : ReadExamples, optional
        What the training reads.

    Raises
    ------
    UsageError
        The ``verdict.json`` or ``sources.toml`` of the dataset is not what it should be.
    OutputError
        It cannot be written.
    """
    rows = dataset.rows if examples is None else examples.rows
    columns = (_values(rows, "plane", UNKNOWN), _values(rows, "tumor", UNLABELED))
    counts = Counter(zip(*columns, strict=True))
    record = {
        "schema": _SCHEMA,
        "images": rows.num_rows,
        "cells": [{"plane": plane, "tumor": tumor, "images": counts[plane, tumor]} for plane, tumor in _sorted(counts)],
        **{name: _only(rows, name) for name in _SHARED},
        **({} if examples is None else _of_examples(examples)),
    }
    contents = {
        IDS: "".join(f"{one}\n" for one in rows.column("image_id").to_pylist()).encode(),
        VERDICT: as_verdict(sources_of(dataset.folder)),
        RECORD: (json.dumps(record, indent=1) + "\n").encode(),
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
        record = json.loads((run / RECORD).read_bytes())
        if record["schema"] != _SCHEMA:
            raise ValueError(f"schema {record['schema']}")
        counts = tuple(_class_count(table) for table in record["cells"])
        shared = {name: None if record[name] is None else str(record[name]) for name in _SHARED}
        reading = Reading.from_dict(record["reading"]) if "reading" in record else None
        attributes = tuple(_attribute_row(row) for row in record.get("attributes", ()))
        spacing = tuple(float(value) for value in record.get("spacing_mm", ())) or None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise UsageError(
            f"{run}: expected {IDS} and {RECORD} as medcurate train-gan writes them ({type(error).__name__}); "
            "copy the run again, or train anew"
        ) from error
    return TrainingSet(counts, shared, sources, ids, as_verdict(sources), reading, attributes, spacing)


def _of_examples(examples: ReadExamples) -> dict[str, Any]:
    """Return how the examples were read, and their attributes and spacing where they have some."""
    found: dict[str, Any] = {"reading": examples.reading.to_dict()}
    columns = examples.samples.columns
    if examples.reading.choice.attributes:
        places = np.unique(np.linspace(0, len(examples.samples) - 1, _ATTRIBUTE_ROWS).astype(int))
        numbers, present = columns["attributes"], columns["attributes_present"]
        found["attributes"] = [
            [
                *examples.labels[row],
                *(float(number) if there else None for number, there in zip(numbers[row], present[row], strict=True)),
            ]
            for row in places.tolist()
        ]
    if "affine" in columns:
        spacing = np.linalg.norm(columns["affine"][:, :3, :3], axis=1)
        found["spacing_mm"] = np.median(spacing, axis=0).tolist()
    return found


def _attribute_row(row: list[Any]) -> AttributeRow:
    plane, tumor, *values = row
    if not all(value is None or isinstance(value, str) for value in (plane, tumor)):
        raise TypeError("labels of an example are no text")
    return AttributeRow(plane, tumor, tuple(None if value is None else float(value) for value in values))


def _class_count(table: dict[str, Any]) -> ClassCount:
    plane, tumor, images = (table[name] for name in ClassCount._fields)
    if not all(value is None or isinstance(value, str) for value in (plane, tumor)) or type(images) is not int:
        raise TypeError("a count holds other things than labels and a number")
    if images < 1:
        raise ValueError("a count of no images")
    return ClassCount(plane, tumor, images)


def _values(rows: pa.Table, column: str, unknown: str) -> list[str | None]:
    values = rows.column(column).to_pylist()
    return [None if value == unknown else value for value in values]


def _sorted(counts: Counter[tuple[str | None, str | None]]) -> list[tuple[str | None, str | None]]:
    return sorted(counts, key=lambda labels: tuple(label or "" for label in labels))


def _only(rows: pa.Table, column: str) -> str | None:
    """Return the value that all images have, None where they differ or it is not known."""
    values = pc.unique(rows.column(column)).to_pylist()
    return values[0] if len(values) == 1 else None
