"""Quantize values to the integer gray levels of a PNG, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import LEAST_SPAN
from medcurate.curate.steps.intensity import value_range
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Quantize(Step):
    """Round values to 256 or 65,536 levels: ``level = round((value - low) / (high - low) * (2^bits - 1))``.

    Pixels stay float32 (which is exact for both); `Picture.levels` returns them as integers. A picture that has these
    levels already is unchanged.

    Attributes
    ----------
    bits : {8, 16}
    limits : tuple of 2 floats, or None
        Values of the lowest and the highest level; values outside are clipped. None: `Picture.value_range` if known,
        otherwise the least and the greatest value of the picture.
    source : tuple of 2 floats, or None
        Measured: the limits used; `dequantize` needs them.
    """

    name: ClassVar[str] = "quantize"
    kind: ClassVar[Literal["geometry", "intensity"]] = "intensity"
    bits: int = 8
    limits: tuple[float, float] | None = None
    source: tuple[float, float] | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if self.bits not in (8, 16):
            raise UsageError(f"bits: expected 8 or 16, received {self.bits}")
        if self.limits is not None and not self.limits[0] < self.limits[1]:
            raise UsageError(f"limits: expected low < high, received {self.limits}")

    @property
    def top(self) -> float:
        """The highest level."""
        return float(2**self.bits - 1)

    def _find(self, picture: Picture) -> dict[str, Any]:
        if picture.value_range == (0.0, self.top):
            return {"source": picture.value_range}
        return {"source": self.limits or value_range(picture)}

    def _change(self, picture: Picture) -> Picture:
        low, high = self.source or (0.0, 1.0)
        if high - low < LEAST_SPAN:
            pixels = np.zeros(picture.shape, np.float32)
        else:
            levels = (picture.pixels.astype(np.float64) - low) * (self.top / (high - low))
            pixels = np.clip(np.rint(levels), 0, self.top).astype(np.float32)
        return picture.replace(pixels=pixels, value_range=(0.0, self.top))


def dequantize(levels: NDArray[np.unsignedinteger[Any]], source: tuple[float, float]) -> NDArray[np.float32]:
    """Return the values of levels, within half a level of the original values.

    Parameters
    ----------
    levels : ndarray of uint8 or uint16
    source : tuple of 2 floats
        Measured by `Quantize`: values of the lowest and the highest level.

    Raises
    ------
    ValueError
        If `levels` has another dtype.
    """
    if levels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"levels: expected uint8 or uint16, received {levels.dtype}")
    low, high = source
    top = float(np.iinfo(levels.dtype).max)
    return (low + levels.astype(np.float64) * ((high - low) / top)).astype(np.float32)
