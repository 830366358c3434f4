"""Resample a picture to a pixel size, or a volume to a number of slices."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar, Literal

import numpy as np

from medcurate.curate.steps.grid import Interpolation, edge_aligned, nearest_indices, on_grid, sample, sample_nearest
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.stack_axis import stack_axis
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import UsageError

_SAME = 1e-3  # relative difference of spacings that needs no resampling
_MOST_PIXELS = 400_000_000


@dataclass(frozen=True, kw_only=True)
class Resample(Step):
    """Resample to pixels of a given size (mm); the mask by nearest neighbor.

    The new grid has the center of the old one and exactly the requested spacing. If it is coarser, a Gaussian prevents
    aliasing (see `medcurate.curate.steps.grid.sample`). A picture of unknown spacing is unchanged.

    Attributes
    ----------
    spacing_mm : float or None
        Size of the new pixels, the same along each axis. None: the finest spacing of the picture.
    interpolation : {'linear', 'cubic'}
    shape : tuple of int, or None
        Measured: of the new grid.…step : tuple of float, or None Measured: ratio of the new to the old spacing.
    """

    name: ClassVar[str] = "resample"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    spacing_mm: float | None = None
    interpolation: Interpolation = "linear"
    shape: tuple[int, ...] | None = field(default=None, metadata=MEASURED)
    step: tuple[float, ...] | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if self.spacing_mm is not None and not 0 < self.spacing_mm < float("inf"):
            raise UsageError(f"spacing_mm: expected a positive number, received {self.spacing_mm}")
        if self.interpolation not in ("linear", "cubic"):
            raise UsageError(f"interpolation: expected linear or cubic, received {self.interpolation!r}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        if picture.spacing_mm is None:
            return {"skipped": "its spacing is unknown: the file does not state it"}
        wanted = min(picture.spacing_mm) if self.spacing_mm is None else self.spacing_mm
        step = tuple(wanted / size for size in picture.spacing_mm)
        if all(abs(by - 1) <= _SAME for by in step):
            return {"shape": picture.shape, "step": (1.0,) * len(step)}
        shape = tuple(max(1, round(n / by)) for n, by in zip(picture.shape, step, strict=True))
        if prod(shape) > _MOST_PIXELS:
            return {"skipped": f"it would have {prod(shape):,} pixels, more than {_MOST_PIXELS:,}"}
        return {"shape": shape, "step": step}

    def _change(self, picture: Picture) -> Picture:
        shape, step = self.shape or (), self.step or ()
        if shape == picture.shape and all(by == 1 for by in step):
            return picture
        origin = [(n - 1) / 2 - by * (m - 1) / 2 for n, m, by in zip(picture.shape, shape, step, strict=True)]
        pixels = sample(picture.pixels, shape, origin, step, self.interpolation)
        mask = None if picture.mask is None else sample_nearest(picture.mask, shape, origin, step)
        return on_grid(picture, pixels, mask, origin, step)


@dataclass(frozen=True, kw_only=True)
class ResampleSlices(Step):
    """Resample a volume to a number of slices by nearest neighbor, so that each is an unchanged slice of the input.

    New slice *i* of *m* is old slice floor((i + 1/2) n / m) of *n*: both stacks have the same outer edges, and the
    choice is symmetric. From 95 slices to 64, 31 are left out and none is repeated.

    Attributes
    ----------
    count : int
        Number of output slices.
    axis : {0, 1, 2} or None
        Slice axis; None for the one along the body if the affine is known, otherwise the last.
    slices : tuple of int, or None
        Measured: indices of the old slices.
    along : int or None
        Measured: the axis.
    """

    name: ClassVar[str] = "resample_slices"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    count: int = 64
    axis: int | None = None
    slices: tuple[int, ...] | None = field(default=None, metadata=MEASURED)
    along: int | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if self.count < 1:
            raise UsageError(f"count: expected at least 1, received {self.count}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        axis = stack_axis(picture, self.axis)
        if axis is None:
            return {"skipped": "an image has no slices"}
        size = picture.shape[axis]
        (origin,), (step,) = edge_aligned([size], [self.count])
        return {"slices": tuple(nearest_indices(size, self.count, origin, step).tolist()), "along": axis}

    def _change(self, picture: Picture) -> Picture:
        axis, slices = self.along or 0, self.slices or ()
        size = picture.shape[axis]
        if slices == tuple(range(size)):
            return picture
        shape = [len(slices) if k == axis else n for k, n in enumerate(picture.shape)]
        origin, step = edge_aligned(picture.shape, shape)
        mask = None if picture.mask is None else np.take(picture.mask, slices, axis)
        return on_grid(picture, np.take(picture.pixels, slices, axis), mask, origin, step)
