"""Which slices of a head are taken: in all planes, mostly through the tumor, none where it is in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.phantom.contrast import PLANES
from medcurate.phantom.head import Head
from medcurate.phantom.tissues import BRAIN

A_PLANE = 8
"""Slices that are taken of a head in each plane."""
_THROUGH_TUMOR = 6  # of these
LEAST_TUMOR_MM2 = 60.0
"""A tumor is visible from this area of its core on."""
_LEAST_TUMOR = 0.25  # and from this share of its largest slice
_LEAST_BRAIN = 0.2  # of the brain's largest slice


@dataclass(frozen=True, slots=True)
class Cut:
    """A slice.

    Attributes
    ----------
    plane : {'axial', 'coronal', 'sagittal'}
    index : int
        Along its axis, toward the crown, the front or the right.
    tumor : bool
        It goes through the tumor. If not, it is free of it.
    """

    plane: str
    index: int
    tumor: bool


def axis_of(plane: str) -> int:
    """Return the axis of a RAS volume along which slices of a plane lie."""
    return 2 - PLANES.index(plane)


def cuts(head: Head, rng: np.random.Generator) -> Iterator[Cut]:
    """Draw the slices of a head."""
    brain = np.isin(head.labels, BRAIN)
    for plane in PLANES:
        free, through = _places(head, brain, axis_of(plane))
        wanted = _THROUGH_TUMOR if through.size else 0
        for places, count, tumor in ((through, wanted, True), (free, A_PLANE - wanted, False)):
            if places.size and count:
                for index in rng.choice(places, count, replace=places.size < count).tolist():
                    yield Cut(plane, index, tumor)


def _places(head: Head, brain: NDArray[np.bool_], axis: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which slices are free of tumor, and which go through it."""
    across = tuple(k for k in range(3) if k != axis)
    brain_there = brain.sum(axis=across)
    enough = brain_there >= _LEAST_BRAIN * brain_there.max()
    if head.tumor == "none":
        return np.flatnonzero(enough), np.zeros(0, np.intp)
    core = head.masks["core"].sum(axis=across)
    least = max(LEAST_TUMOR_MM2 / head.spacing_mm**2, _LEAST_TUMOR * core.max())
    free = head.masks["whole"].sum(axis=across) == 0
    return np.flatnonzero(enough & free), np.flatnonzero(core >= least)
