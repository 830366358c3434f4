"""Scale pictures to fit one size, and pad them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import background
from medcurate.curate.steps.grid import edge_aligned, on_grid, sample, sample_nearest
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Resize(Step):
    """Scale the longest side to `size` pixels, keeping the aspect ratio; the mask by nearest neighbor.

    Images are reduced by area averaging and enlarged by cubic interpolation (OpenCV); volumes are interpolated
    linearly, after a Gaussian if they are reduced. Values stay within their range.

    Attributes
    ----------
    size : int
        Length of the longest side (pixels).
    shape : tuple of int, or None
        Measured: of the new grid.
    """

    name: ClassVar[str] = "resize"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    size: int = 128
    shape: tuple[int, ...] | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if self.size < 1:
            raise UsageError(f"size: expected at least 1, received {self.size}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        scale = self.size / max(picture.shape)
        return {"shape": tuple(max(1, round(n * scale)) for n in picture.shape)}

    def _change(self, picture: Picture) -> Picture:
        shape = self.shape or ()
        if shape == picture.shape:
            return picture
        origin, step = edge_aligned(picture.shape, shape)
        if picture.pixels.ndim == 2:
            pixels = _resized(picture.pixels, (shape[0], shape[1]))
        else:
            pixels = sample(picture.pixels, shape, origin, step, "linear")
        mask = None if picture.mask is None else sample_nearest(picture.mask, shape, origin, step)
        return on_grid(picture, pixels, mask, origin, step)


def _resized(pixels: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    size = (shape[1], shape[0])
    if max(shape) <= max(pixels.shape):
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    grown = cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(grown, pixels.min(), pixels.max()), np.float32)


@dataclass(frozen=True, kw_only=True)
class Pad(Step):
    """Pad both sides evenly (an odd pixel goes after) with background; the mask with 0.

    Attributes
    ----------
    side : int, tuple of int, or None
        Pixels along each axis, or along all; None makes all as long as the longest (a square, a cube). Longer sides are
        unchanged.
    value : float or None
        Fill value; None for the most common value on the border if half of the border has it, else the least value.
    before, after : tuple of int, or None
        Measured: pixels added at both ends of each axis.
    fill : float or None
        Measured: the fill value.
    """

    name: ClassVar[str] = "pad"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    side: int | tuple[int, ...] | None = None
    value: float | None = None
    before: tuple[int, ...] | None = field(default=None, metadata=MEASURED)
    after: tuple[int, ...] | None = field(default=None, metadata=MEASURED)
    fill: float | None = field(default=None, metadata=MEASURED)

    def _find(self, picture: Picture) -> dict[str, Any]:
        side = max(picture.shape) if self.side is None else self.side
        sides = side if isinstance(side, tuple) else (side,) * picture.pixels.ndim
        if len(sides) != picture.pixels.ndim:
            raise UsageError(f"side: expected {picture.pixels.ndim} numbers for this picture, received {sides}")
        missing = [max(0, wanted - size) for wanted, size in zip(sides, picture.shape, strict=True)]
        before = tuple(count // 2 for count in missing)
        return {
            "before": before,
            "after": tuple(count - first for count, first in zip(missing, before, strict=True)),
            "fill": background(picture.pixels) if self.value is None else float(self.value),
        }

    def _change(self, picture: Picture) -> Picture:
        before, after = self.before or (), self.after or ()
        if not any(before) and not any(after):
            return picture
        widths = tuple(zip(before, after, strict=True))
        pixels = np.pad(picture.pixels, widths, constant_values=np.float32(self.fill or 0.0))
        mask = None if picture.mask is None else np.pad(picture.mask, widths)
        return on_grid(picture, pixels, mask, [-first for first in before], [1.0] * len(before))
