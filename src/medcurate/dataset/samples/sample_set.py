"""A set of examples as named columns, with one digest of everything that a training could see."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.dataset.samples.storage import Storage

IMAGES = ("target", "source", "mask")
"""Columns that show the same place: their spatial shapes agree."""
_DIGEST = 32  # bytes of a SHA-256


@dataclass(frozen=True, slots=True, eq=False)
class SampleSet:
    """Examples, each a row of every column.

    Attributes
    ----------
    columns : mapping of str to ndarray, each of shape (n, ...)
        Arrays in memory or in files. The readers of this package give these:

        ``target``, ``source``
            Images, (n, *spatial, channels), spatial in 2-D or 3-D; uint8 or uint16 as stored, or float32 in [-1, 1].
            The image to be made, and an image that is given.
        ``mask``
            Regions, (n, *spatial, regions), uint8: 255 within a region and 0 outside.
        ``labels``, ``labels_present``
            (n, classes), float32: one-hot, the conditions one after the other, all zeros where a condition is unknown;
            and (n, conditions): 1 where it is known, else 0.
        ``attributes``, ``attributes_present``
            (n, attributes), float32: numbers, 0 where unknown; and 1 where one is known, else 0.
        ``affine``
            Of volumes, (n, 4, 4), float64: voxel index to RAS+ (mm), on the grid of the example.
        ``corner``
            Of patches, (n, 3), int64: the voxel of the volume that is the first of the patch.
    classes : mapping of str to tuple of str
        Condition to its values, in the order of ``labels``.
    attributes : tuple of str
        Names, in the order of ``attributes``.
    members : tuple of tuple of str
        Of each example the ``image_id`` of the images that it was made of; empty where they have none.
    groups : tuple of str or None
        The patient group of each example, None where it is not known; empty where nobody asked.

    Raises
    ------
    ValueError
        Columns differ in length, or images of one example in their spatial shape.
    """

    columns: Mapping[str, NDArray[Any]]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    members: tuple[tuple[str, ...], ...] = ()
    groups: tuple[str | None, ...] = ()
    digests: list[NDArray[np.uint8]] = field(init=False, default_factory=list, repr=False)
    """What `row_digests` has computed."""

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        lengths |= {name: len(rows) for name, rows in (("members", self.members), ("groups", self.groups)) if rows}
        if not self.columns or len(set(lengths.values())) > 1:
            raise ValueError(f"columns: expected one or more of one length, received {lengths}")
        shapes = {name: self.columns[name].shape[1:-1] for name in IMAGES if name in self.columns}
        if len(set(shapes.values())) > 1:
            raise ValueError(f"columns: expected images of one spatial shape, received {shapes}")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def ids(self) -> tuple[str, ...]:
        """``image_id`` of every image that was read, once each, in order."""
        return tuple(dict.fromkeys(chain.from_iterable(self.members)))

    @property
    def row_digests(self) -> NDArray[np.uint8]:
        """SHA-256 of each row, shape (n, 32); computed when it is first asked for."""
        if not self.digests:
            self.digests.append(_row_digests(self.columns, len(self)))
        return self.digests[0]

    @property
    def digest(self) -> str:
        """SHA-256 of all columns, their names, classes, attributes and IDs, as hexadecimal digits.

        It changes when any of them changes, and when the order of the examples does. It does not depend on where the
        columns lie, nor on how a set was put together.
        """
        kinds = [(name, column.dtype.str, column.shape[1:]) for name, column in sorted(self.columns.items())]
        head = repr((kinds, sorted(self.classes.items()), list(self.classes), self.attributes, self.members))
        return hashlib.sha256(head.encode() + self.row_digests.tobytes()).hexdigest()

    def select(self, rows: ArrayLike, *, storage: Storage | None = None) -> SampleSet:
        """Return some examples, in the order given.

        Parameters
        ----------
        rows : array_like of int or bool
            Numbers of examples, which may repeat, or a choice among all.
        storage : Storage, optional
            Where columns go that outgrow memory; without it they are held in memory.
        """
        chosen = np.arange(len(self))[np.asarray(rows)] if np.size(rows) else np.empty(0, np.int64)
        room = storage or Storage()
        columns = {name: room.taken(name, column, chosen) for name, column in self.columns.items()}
        members, groups = _taken(self.members, chosen), _taken(self.groups, chosen)
        found = SampleSet(columns, self.classes, self.attributes, members, groups)
        found.digests.extend(known[chosen] for known in self.digests)
        return found


def _taken(values: Sequence[Any], rows: NDArray[np.int64]) -> tuple[Any, ...]:
    return tuple(values[row] for row in rows.tolist()) if values else ()


def _row_digests(columns: Mapping[str, NDArray[Any]], n: int) -> NDArray[np.uint8]:
    """Return a SHA-256 of each row; one row is in memory at a time."""
    found = np.empty((n, _DIGEST), np.uint8)
    arrays = [column for _, column in sorted(columns.items())]
    for row in range(n):
        total = hashlib.sha256()
        for array in arrays:
            total.update(np.ascontiguousarray(array[row]).tobytes())
        found[row] = np.frombuffer(total.digest(), np.uint8)
    return found
