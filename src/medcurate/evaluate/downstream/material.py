"""What classifiers learn from and are tested on: real, synthetic and held-out images of classes that all have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import read_pixels
from medcurate.errors import UsageError
from medcurate.evaluate.design.folds import group_numbers
from medcurate.evaluate.design.sides import Sides
from medcurate.evaluate.downstream.settings import DownstreamSettings

LEAST_REAL, LEAST_TEST = 4, 2  # images of a class, below which nothing can be said of it
_NO_LABELS = ("image_id", "path", "kind", "origin", "patient_group", "split")
_NOT_A_CLASS = (None, "", "unknown", "unlabeled")


@dataclass(frozen=True, slots=True, eq=False)
class Labeled:
    """Images and their classes.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (n, size, size)
    labels : ndarray of int64, shape (n,)
        Index into `Material.classes`.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Everything that a comparison works on.

    Attributes
    ----------
    classes : tuple of str
        Those that the real training images and the held-out ones have, sorted; at least two.
    real, synthetic, test : Labeled
    groups : ndarray of int64, shape (n_test,)
        Number of the patient of each held-out image; of the image itself where patients are not known.
    patients : bool
        Whether the groups are patients.
    notes : tuple of str
        What was left out.
    """

    classes: tuple[str, ...]
    real: Labeled
    synthetic: Labeled
    test: Labeled
    groups: NDArray[np.int64]
    patients: bool
    notes: tuple[str, ...] = ()

    def counts(self, side: Labeled) -> NDArray[np.int64]:
        """Return how many images of each class a side has."""
        return np.bincount(side.labels, minlength=len(self.classes)).astype(np.int64)


def read_material(sides: Sides, settings: DownstreamSettings) -> Material | str:
    """Read the images of an evaluation; of large datasets as many as the settings allow, drawn by seed.

    Returns
    -------
    Material or str
        In words why there is nothing to compare: too few classes, or no synthetic image of any of them.

    Raises
    ------
    UsageError
        There is no such column, or an image cannot be read.
    """
    names = [_values(side, settings.label) for side in (sides.train, sides.synthetic, sides.test)]
    classes, notes = _classes(names[0], names[1], names[2], settings.label)
    if len(classes) < 2:
        return (
            f"a comparison by {settings.label} needs two classes or more, each with {LEAST_REAL} real images to train "
            f"and {LEAST_TEST} to test; there are {len(classes)}"
        )
    train, synthetic, test = (_numbers(found, classes) for found in names)
    if not (synthetic >= 0).any():
        return f"no synthetic image has one of the classes of {settings.label} ({', '.join(classes)})"
    rng = np.random.default_rng((sides.seed, 1))
    most = round(settings.most_per_class * (1 + max(settings.ratios)))
    # As many again are kept of the real images: they show what a perfect generator would gain.
    train_rows = _some_of_each(train, most, rng)
    synthetic_rows = _some_of_each(synthetic, most, rng)
    patients = sides.test.rows.column("patient_group").to_pylist()
    test_rows = _whole_groups(test, group_numbers(patients, len(patients)), settings.most_test, rng)
    if len(test_rows) < int((test >= 0).sum()):
        notes += (f"of {int((test >= 0).sum()):,} held-out images {len(test_rows):,} are predicted, whole patients",)
    return Material(
        classes,
        Labeled(read_pixels(sides.train, sides.size, train_rows), train[train_rows]),
        Labeled(read_pixels(sides.synthetic, sides.size, synthetic_rows), synthetic[synthetic_rows]),
        Labeled(read_pixels(sides.test, sides.size, test_rows), test[test_rows]),
        group_numbers([patients[row] for row in test_rows.tolist()], len(test_rows)),
        any(patients[row] is not None for row in test_rows.tolist()),
        notes,
    )


def _values(dataset: Dataset, column: str) -> list[str | None]:
    texts = [field.name for field in dataset.rows.schema if _is_text(field.type)]
    known = [name for name in texts if name not in _NO_LABELS]
    if column not in known:
        raise UsageError(f"label: expected a column that names classes ({', '.join(known)}), received {column!r}")
    return [None if value in _NOT_A_CLASS else value for value in dataset.rows.column(column).to_pylist()]


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))


def _classes(
    train: Sequence[str | None], synthetic: Sequence[str | None], test: Sequence[str | None], label: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the classes that can be compared, and notes on those that cannot."""
    every = sorted({name for name in (*train, *test) if name is not None})
    kept = tuple(name for name in every if train.count(name) >= LEAST_REAL and test.count(name) >= LEAST_TEST)
    notes = [
        f"{label} {name} is left out: {train.count(name):,} real images to train and {test.count(name):,} to test; at "
        f"least {LEAST_REAL} and {LEAST_TEST} are needed"
        for name in every
        if name not in kept
    ]
    unknown = sorted({name for name in synthetic if name is not None} - set(kept))
    if unknown:
        notes.append(f"synthetic images of {', '.join(unknown)} are left out: no such class can be tested")
    nameless = sum(name is None for name in synthetic)
    if nameless:
        notes.append(f"{nameless:,} synthetic images without {label} are left out")
    lacking = [name for name in kept if name not in set(synthetic)]
    if lacking and len(lacking) < len(kept):
        notes.append(f"there are no synthetic images of {', '.join(lacking)}: only the other classes get more images")
    return kept, tuple(notes)


def _numbers(names: Sequence[str | None], classes: tuple[str, ...]) -> NDArray[np.int64]:
    place = {name: number for number, name in enumerate(classes)}
    return np.array([-1 if name is None else place.get(name, -1) for name in names], np.int64)


def _some_of_each(labels: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return at most so many rows of each class, in order."""
    chosen = [rng.permutation(np.flatnonzero(labels == number))[:most] for number in range(int(labels.max()) + 1)]
    return np.sort(np.concatenate(chosen))


def _whole_groups(
    labels: NDArray[np.int64], groups: NDArray[np.int64], most: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the labeled rows; of more than `most`, those of as many groups as fit."""
    rows = np.flatnonzero(labels >= 0)
    if len(rows) <= most:
        return rows
    order = rng.permutation(int(groups.max()) + 1)
    sizes = np.bincount(groups[rows], minlength=len(order))[order]
    kept = order[np.cumsum(sizes) <= most]
    return rows[np.isin(groups[rows], kept)]
