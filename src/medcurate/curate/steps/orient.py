"""Reorient pictures: volumes to RAS, images to radiological display."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.readers.frame import Plane

_PLANES: tuple[Plane, ...] = ("sagittal", "coronal", "axial")
# World axes of the row and column index, both toward decreasing RAS coordinates.
DISPLAY: dict[str, tuple[int, int]] = {"axial": (1, 0), "coronal": (2, 0), "sagittal": (2, 1)}


@dataclass(frozen=True, kw_only=True)
class Orient(Step):
    """Permute and flip axes, without interpolation, to a standard orientation.

    Volumes: the axes nearest to right, anterior and superior become first, second and third (RAS, nibabel's closest
    canonical orientation). Images: radiological display, that is axial with the nose up, coronal and sagittal with the
    head up, the patient's right on the left of axial and coronal images, the nose on the left of sagittal ones. Oblique
    pictures stay oblique. A picture with unknown affine is unchanged, because pixels do not distinguish left from
    right.

    Attributes
    ----------
    axes : tuple of int, or None
        Measured: old axis of each new axis.
    flips : tuple of bool, or None
        Measured: whether each new axis is reversed.
    """

    name: ClassVar[str] = "orient"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    axes: tuple[int, ...] | None = field(default=None, metadata=MEASURED)
    flips: tuple[bool, ...] | None = field(default=None, metadata=MEASURED)

    def _find(self, picture: Picture) -> dict[str, Any]:
        if picture.affine is None:
            return {"skipped": "its orientation is unknown: the file does not state it"}
        world, positive = _directions(picture.affine)
        wanted = range(3) if picture.pixels.ndim == 3 else DISPLAY[_PLANES[world[2]]]
        axes = tuple(world.index(axis) for axis in wanted)
        backwards = picture.pixels.ndim == 2
        return {"axes": axes, "flips": tuple(positive[axis] == backwards for axis in axes)}

    def _change(self, picture: Picture) -> Picture:
        axes, flips = self.axes or (), self.flips or ()
        if axes == tuple(range(len(axes))) and not any(flips):
            return _named(picture)
        indices = np.zeros((4, 4))  # old indices from new ones
        indices[3, 3] = 1
        for new, (old, flip) in enumerate(zip(axes, flips, strict=True)):
            indices[old, new] = -1 if flip else 1
            indices[old, 3] = picture.shape[old] - 1 if flip else 0
        if len(axes) == 2:
            indices[2, 2] = 1
        window = tuple(slice(None, None, -1 if flip else 1) for flip in flips)

        def turn(array: NDArray[Any]) -> NDArray[Any]:
            return array.transpose(axes)[window]

        spacing = picture.spacing_mm
        affine = picture.affine
        return _named(
            picture.replace(
                pixels=turn(picture.pixels),
                mask=None if picture.mask is None else turn(picture.mask),
                affine=None if affine is None else affine @ indices,
                spacing_mm=None if spacing is None else tuple(spacing[axis] for axis in axes),
            )
        )


def _named(picture: Picture) -> Picture:
    """Return the plane of an image with known geometry."""
    if picture.pixels.ndim == 3 or picture.affine is None:
        return picture
    plane = _PLANES[_directions(picture.affine)[0][2]]
    return picture if plane == picture.plane else picture.replace(plane=plane)


def _directions(affine: NDArray[np.float64]) -> tuple[list[int], list[bool]]:
    """Return for each index axis the nearest axis of RAS (all different), and whether both point the same way."""
    orientation = nib.orientations.io_orientation(affine)  # type: ignore[no-untyped-call]
    return [int(axis) for axis in orientation[:, 0]], [bool(sign > 0) for sign in orientation[:, 1]]
