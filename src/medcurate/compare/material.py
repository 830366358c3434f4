"""The real images of a comparison: those that every training sees, and those that are held out from all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.dataset.gray_range import bits_of, read_with, used_ranges
from medcurate.errors import UsageError

HELD_OUT = ("val", "test")
LEAST = 12
"""Images on each side: with fewer, no distance is measured."""
CONDITIONS = ("tumor", "plane")


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Real images on both sides; no patient and no image is on both.

    Attributes
    ----------
    train, held_out : Dataset
        Of the splits ``train``, and ``val`` and ``test``.
    condition : tuple of str
        The labels that images are drawn with.
    notes : tuple of str
        What was left out.
    """

    train: Dataset
    held_out: Dataset
    condition: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def labels(self) -> dict[str, list[str]]:
        """For each condition the value of each held-out image: what images are drawn with."""
        return {name: list(self.held_out.rows.column(name).to_pylist()) for name in self.condition}

    def known(self, name: str) -> list[str | None]:
        """Return what drawn images are known to show: their label, or what all held-out images have in common."""
        values: list[str | None] = list(self.held_out.rows.column(name).to_pylist())
        return values if name in self.condition or len(set(values)) == 1 else [None] * len(values)


def open_material(
    folder: Path | str, *, plane: tuple[str, ...] = (), tumor: tuple[str, ...] = (), condition: tuple[str, ...] = ()
) -> Material:
    """Open a dataset, and divide it as all trainings and measurements see it.

    Parameters
    ----------
    folder : Path or str
        A dataset folder, or a plain folder, with the splits ``train``, and ``val`` or ``test``.
    plane, tumor : tuple of str
        Only these.
    condition : tuple of str
        Held-out images without these labels, or with some that no training image has, are left out.

    Raises
    ------
    UsageError
        There are too few images on a side, or a patient is on both.
    """
    dataset = Dataset.open(folder)
    chosen = dataset.select(plane=plane or None, tumor=tumor or None)
    split = np.array(chosen.rows.column("split").to_pylist(), object)
    train, held = _take(chosen, split == "train"), _take(chosen, np.isin(split, HELD_OUT))
    if min(len(train), len(held)) < LEAST:
        raise UsageError(
            f"{dataset.folder}: expected {LEAST} or more images in the split train, and as many in val and test "
            f"together, received {len(train):,} and {len(held):,}. Families are compared on images that no training "
            "has seen: make a dataset with splits (medcurate homogenize)"
        )
    train = read_with(train, bits_of(used_ranges(train)))
    held = replace(held, gray_bits=train.gray_bits)
    _check_patients(dataset, train, held)
    held, copies = _without(held, np.isin(np.array(held.ids, object), np.array(train.ids, object)))
    notes = [f"{copies:,} held-out images are training images, too: left out"] if copies else []
    for name in condition:
        classes = {value for value in train.rows.column(name).to_pylist() if value is not None}
        odd = np.array([value not in classes for value in held.rows.column(name).to_pylist()], bool)
        held, lost = _without(held, odd)
        if lost:
            notes.append(f"{lost:,} held-out images have no {name}, or one that no training image has: left out")
    if len(held) < LEAST:
        raise UsageError(f"{dataset.folder}: {len(held):,} held-out images are left ({'; '.join(notes)})")
    return Material(train, held, condition, tuple(notes))


def read_images(dataset: Dataset, size: int) -> NDArray[np.uint8]:
    """Read all images of a dataset as 8 bits, shape (n, size, size)."""
    found = [batch.images for batch in dataset.batches(64, size=size)]
    images = np.concatenate(found)
    return np.asarray(images if images.dtype == np.uint8 else images // 257, np.uint8)


def _check_patients(dataset: Dataset, train: Dataset, held: Dataset) -> None:
    sides = [{group for group in side.rows.column("patient_group").to_pylist() if group} for side in (train, held)]
    both = sorted(sides[0] & sides[1])
    if both:
        raise UsageError(
            f"{dataset.folder}: {len(both):,} patient groups are in the split train and among the held-out images, "
            f"such as {both[0]}. Split by patient: medcurate homogenize does"
        )


def _without(dataset: Dataset, odd: NDArray[np.bool_]) -> tuple[Dataset, int]:
    return (_take(dataset, ~odd), int(odd.sum())) if odd.any() else (dataset, 0)


def _take(dataset: Dataset, chosen: NDArray[np.bool_]) -> Dataset:
    mask = pa.array(np.asarray(chosen, bool), pa.bool_())
    none = pc.equal(dataset.volume_rows.column("path"), "")
    return replace(dataset, rows=dataset.rows.filter(mask), volume_rows=dataset.volume_rows.filter(none))
