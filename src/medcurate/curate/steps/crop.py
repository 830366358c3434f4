"""Crop the background, or the ends of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np

from medcurate.curate.steps.foreground import Box, box_of, foreground_box
from medcurate.curate.steps.grid import cut
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.stack_axis import stack_axis
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import UsageError

_TIGHT = 0.03  # fraction of a side: smaller crops are skipped, so that cropping twice equals cropping once


@dataclass(frozen=True, kw_only=True)
class CropForeground(Step):
    """Crop to the foreground with a margin; the mask always stays inside.

    The foreground is detected again in the result until the box is stable, so that cropping twice equals cropping once.
    If at most 3 % of each side would be removed, nothing is cropped.

    Attributes
    ----------
    margin : float
        Margin around the foreground, as a fraction of its longest side, at least 0.
    box : tuple of (start, stop), one per axis, or None
        Measured: what is kept.
    """

    name: ClassVar[str] = "crop_foreground"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    margin: float = 0.05
    box: Box | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if not self.margin >= 0:
            raise UsageError(f"margin: expected 0 or more, received {self.margin}")

    def merge(self, others: Sequence[Self]) -> Self:
        """Return a crop that keeps the foreground of every picture."""
        boxes = [other.box for other in others if other.box is not None]
        if len(boxes) < len(others):  # one has no foreground: do not crop
            return next((other for other in others if other.skipped is not None), self)
        return replace(self, box=_union(boxes))

    def _find(self, picture: Picture) -> dict[str, Any]:
        whole = tuple((0, size) for size in picture.shape)
        box = whole
        while True:
            window = tuple(slice(start, stop) for start, stop in box)
            found = foreground_box(picture.pixels[window])
            if found is None:
                return {"skipped": "no foreground was found"} if box == whole else {"box": box}
            wider = _widened(found, self.margin, [stop - start for start, stop in box])
            inner = tuple((start + a, start + b) for (start, _), (a, b) in zip(box, wider, strict=True))
            labels = None if picture.mask is None else box_of(picture.mask)
            inner = inner if labels is None else _union([inner, labels])
            if _is_tight(inner, box):
                return {"box": box}
            box = inner

    def _change(self, picture: Picture) -> Picture:
        box = self.box or ()
        return picture if box == tuple((0, size) for size in picture.shape) else cut(picture, box)


@dataclass(frozen=True, kw_only=True)
class CropEnds(Step):
    """Remove slices from both ends of a volume.

    Applied to its own output it crops again; `run` with the earlier records does not.

    Attributes
    ----------
    count : int
        Number of slices to remove at each end.
    axis : {0, 1, 2} or None
        Slice axis; None for the one along the body if the affine is known, otherwise the last.
    box : tuple of (start, stop), one per axis, or None
        Measured: what is kept.
    """

    name: ClassVar[str] = "crop_ends"
    kind: ClassVar[Literal["geometry", "intensity"]] = "geometry"
    count: int = 30
    axis: int | None = None
    box: Box | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if self.count < 0:
            raise UsageError(f"count: expected 0 or more, received {self.count}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        axis = stack_axis(picture, self.axis)
        if axis is None:
            return {"skipped": "an image has no slices"}
        size = picture.shape[axis]
        if size <= 2 * self.count:
            return {"skipped": f"{size} slices are too few to remove {self.count} at each end"}
        return {
            "box": tuple((self.count, n - self.count) if k == axis else (0, n) for k, n in enumerate(picture.shape))
        }

    def _change(self, picture: Picture) -> Picture:
        return cut(picture, self.box or ())


def _widened(box: Box, margin: float, shape: Sequence[int]) -> Box:
    by = int(np.ceil(margin * max(stop - start for start, stop in box)))
    return tuple((max(0, start - by), min(size, stop + by)) for (start, stop), size in zip(box, shape, strict=True))


def _union(boxes: Sequence[Box]) -> Box:
    return tuple(
        (min(start for start, _ in sides), max(stop for _, stop in sides)) for sides in zip(*boxes, strict=True)
    )


def _is_tight(inner: Box, outer: Box) -> bool:
    """Return whether cropping `outer` to `inner` removes almost nothing."""
    sides = [(stop - start, b - a) for (start, stop), (a, b) in zip(outer, inner, strict=True)]
    return all(before - after <= max(1, _TIGHT * before) for before, after in sides)
