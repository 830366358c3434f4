"""Cut a volume into slices along an anatomical plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import foreground
from medcurate.curate.steps.orient import DISPLAY, Orient
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.slice_rule import SliceRule
from medcurate.curate.steps.step import Step
from medcurate.errors import UsageError
from medcurate.readers.frame import Plane

_UNORIENTED = (1, 0)  # axes of rows and columns of a volume of unknown orientation, as stacked


@dataclass(frozen=True, kw_only=True)
class CutSlice(Step):
    """Cut one slice of a volume, in the display orientation of `Orient`.

    A volume of unknown orientation is cut along its last axis, as stacked, and only in its stored plane.

    Attributes
    ----------
    plane : {'axial', 'coronal', 'sagittal'}
    index : int
        Index of the slice, toward superior, anterior or right; in storage order if the orientation is unknown.
    """

    name: ClassVar[str] = "cut_slice"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    plane: str = "axial"
    index: int = 0

    def __post_init__(self) -> None:
        if self.plane not in DISPLAY:
            raise UsageError(f"plane: expected one of {', '.join(DISPLAY)}, received {self.plane!r}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        return {"skipped": "it is an image already"} if picture.pixels.ndim == 2 else {}

    def _change(self, picture: Picture) -> Picture:
        volume = Orient().apply(picture)
        depth = volume.shape[_stack_axis(volume, self.plane)]
        if not 0 <= self.index < depth:
            raise UsageError(f"index: expected 0 to {depth - 1} for this volume, received {self.index}")
        return _cut(volume, self.plane, self.index)


class Slice(NamedTuple):
    """An image cut from a volume.

    Attributes
    ----------
    picture : Picture
        2-D.
    step : CutSlice
        The step that cuts the slice again.
    position : float
        Position in the whole stack: 0 at the first slice (inferior, posterior or left end), 1 at the last.
    """

    picture: Picture
    step: CutSlice
    position: float


def cut_slices(picture: Picture, plane: str, rule: SliceRule | None = None) -> Iterator[Slice]:
    """Cut a volume into images, ordered by position.

    Parameters
    ----------
    picture : Picture
        3-D. If voxels are anisotropic, apply `Resample` first: slices keep the voxel sizes as pixel sizes.
    plane : {'axial', 'coronal', 'sagittal'}
        The anatomical plane nearest to the slices; an oblique volume is not interpolated.
    rule : SliceRule, optional
        Default: all but ends that show almost nothing.

    Raises
    ------
    UsageError
        If the picture is an image, or its orientation is unknown and it was not stacked in this plane.
    """
    if picture.pixels.ndim != 3:
        raise UsageError("cut_slices: expected a volume, received an image")
    step = CutSlice(plane=plane)
    volume = Orient().apply(picture)
    depth = volume.shape[_stack_axis(volume, plane)]
    for index in _chosen(volume, _stack_axis(volume, plane), rule or SliceRule()):
        found = _cut(volume, plane, index)
        yield Slice(found, CutSlice(plane=step.plane, index=index), index / (depth - 1) if depth > 1 else 0.5)


def _chosen(volume: Picture, axis: int, rule: SliceRule) -> list[int]:
    others = tuple(k for k in range(3) if k != axis)
    depth = volume.shape[axis]
    area = np.asarray(foreground(volume.pixels).sum(axis=others))
    full = np.flatnonzero(area >= rule.min_foreground * area.max()) if rule.min_foreground else np.arange(depth)
    indices: NDArray[np.intp] = np.arange(full[0], full[-1] + 1)
    if rule.only_tumor:
        labeled = np.zeros(depth, np.bool_) if volume.mask is None else np.asarray(volume.mask.any(axis=others))
        indices = indices[labeled[indices]]
    if rule.middle is not None:
        first = max(0, (len(indices) - rule.middle) // 2)
        indices = indices[first : first + rule.middle]
    return [int(index) for index in indices[:: rule.every]]


def _stack_axis(volume: Picture, plane: str) -> int:
    """Return the slice axis of an oriented volume for a plane."""
    if volume.affine is not None:
        return 3 - sum(DISPLAY[plane])
    if volume.plane not in (None, "unknown", plane):
        raise UsageError(
            f"plane: this volume of unknown orientation holds {volume.plane} slices and cannot be cut into {plane} ones"
        )
    return 2


def _cut(volume: Picture, plane: str, index: int) -> Picture:
    """Cut an oriented volume; one of unknown orientation is displayed as stacked."""
    axis = _stack_axis(volume, plane)
    row, column = _UNORIENTED if volume.affine is None else DISPLAY[plane]
    backwards = -1 if volume.affine is not None else 1

    def show(array: NDArray[Any]) -> NDArray[Any]:
        stored = np.moveaxis(array, (row, column, axis), (0, 1, 2))[:, :, index]
        return np.ascontiguousarray(stored[::backwards, ::backwards])

    spacing = volume.spacing_mm
    return Picture(
        pixels=show(volume.pixels),
        mask=None if volume.mask is None else show(volume.mask),
        spacing_mm=None if spacing is None else (spacing[row], spacing[column]),
        affine=None if volume.affine is None else volume.affine @ _indices(volume, (row, column, axis), index),
        plane=cast("Plane", plane),
        contrast=volume.contrast,
        value_range=volume.value_range,
    )


def _indices(volume: Picture, axes: tuple[int, int, int], index: int) -> NDArray[np.float64]:
    """Return the matrix from (row, column, 0) of a displayed slice to indices of the volume."""
    row, column, axis = axes
    indices = np.zeros((4, 4))
    indices[row, 0], indices[row, 3] = -1, volume.shape[row] - 1
    indices[column, 1], indices[column, 3] = -1, volume.shape[column] - 1
    indices[axis, 2], indices[axis, 3], indices[3, 3] = 1, index, 1
    return indices
