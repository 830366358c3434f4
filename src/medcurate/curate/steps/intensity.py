"""Normalize the values of a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import LEAST_SPAN, foreground
from medcurate.curate.steps.picture import Picture
from medcurate.curate.steps.step import MEASURED, Step
from medcurate.errors import UsageError

CONSTANT = "all its pixels are equal"


@dataclass(frozen=True, kw_only=True)
class Percentile(Step):
    """Stretch the values between two percentiles to [0, 1] and clip the rest.

    The percentiles are values that occur (the next one outward, no interpolation), so that applying it twice equals
    applying it once. If both are equal (a small tumor on black), the least and the greatest value are used.

    Attributes
    ----------
    low, high : float
        In [0, 100].
    values : tuple of 2 floats, or None
        Measured: the values mapped to 0 and to 1. Equal if all pixels are equal: then all become 0.
    """

    name: ClassVar[str] = "percentile"
    kind: ClassVar[Literal["geometry", "intensity"]] = "intensity"
    low: float = 0.5
    high: float = 99.5
    values: tuple[float, float] | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 100:
            raise UsageError(f"percentiles: expected 0 <= low < high <= 100, received {self.low} and {self.high}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        last = picture.pixels.size - 1
        ranks = int(np.floor(self.low / 100 * last)), int(np.ceil(self.high / 100 * last))
        ordered = np.partition(picture.pixels, ranks, axis=None)
        low, high = (float(ordered[rank]) for rank in ranks)
        if high <= low:
            low, high = float(picture.pixels.min()), float(picture.pixels.max())
        return {"values": (low, high)}

    def _change(self, picture: Picture) -> Picture:
        return picture.replace(pixels=_stretched(picture.pixels, self.values, (0.0, 1.0)), value_range=(0.0, 1.0))


@dataclass(frozen=True, kw_only=True)
class Scale(Step):
    """Map the value range linearly to another one, [-1, 1] by default.

    The source range is `Picture.value_range` if known, as after `Percentile` or for 8-bit pictures, otherwise the least
    and the greatest value of the picture.

    Attributes
    ----------
    low, high : float
        Target values of the ends of the range.
    source : tuple of 2 floats, or None
        Measured: the range. Both ends are equal if all pixels are equal: then all become `low`.
    """

    name: ClassVar[str] = "scale"
    kind: ClassVar[Literal["geometry", "intensity"]] = "intensity"
    low: float = -1.0
    high: float = 1.0
    source: tuple[float, float] | None = field(default=None, metadata=MEASURED)

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise UsageError(f"scale: expected low < high, received {self.low} and {self.high}")

    def _find(self, picture: Picture) -> dict[str, Any]:
        return {"source": value_range(picture)}

    def _change(self, picture: Picture) -> Picture:
        target = (float(self.low), float(self.high))
        return picture.replace(pixels=_stretched(picture.pixels, self.source, target), value_range=target)


@dataclass(frozen=True, kw_only=True)
class ZScore(Step):
    """Subtract the mean of the foreground and divide by its standard deviation.

    The foreground is the set of pixels above the threshold of `medcurate.curate.steps.foreground.threshold`.

    Attributes
    ----------
    mean, std : float or None
        Measured.
    """

    name: ClassVar[str] = "zscore"
    kind: ClassVar[Literal["geometry", "intensity"]] = "intensity"
    mean: float | None = field(default=None, metadata=MEASURED)
    std: float | None = field(default=None, metadata=MEASURED)

    def _find(self, picture: Picture) -> dict[str, Any]:
        values = picture.pixels[foreground(picture.pixels)]
        if not values.size:
            return {"skipped": CONSTANT}
        mean, std = float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
        if not std > _least_spread(mean):
            return {"skipped": "its foreground has one value only"}
        return {"mean": mean, "std": std}

    def _change(self, picture: Picture) -> Picture:
        return standardized(picture, self.mean, self.std)


def standardized(picture: Picture, mean: float | None, std: float | None) -> Picture:
    """Return ``(pixels - mean) / std``, computed in double precision."""
    values = (picture.pixels.astype(np.float64) - (mean or 0.0)) / (std or 1.0)
    return picture.replace(pixels=values.astype(np.float32), value_range=None)


def value_range(picture: Picture) -> tuple[float, float]:
    """Return the value range if known, else the least and the greatest value."""
    return picture.value_range or (float(picture.pixels.min()), float(picture.pixels.max()))


def _least_spread(mean: float) -> float:
    return 1e-6 * abs(mean)


def _stretched(
    pixels: NDArray[np.float32], source: tuple[float, float] | None, target: tuple[float, float]
) -> NDArray[np.float32]:
    """Map `source` to `target` and clip."""
    first, last = source or (0.0, 1.0)
    low, high = target
    if (first, last) == target:
        return np.clip(pixels, np.float32(low), np.float32(high))
    if last - first < LEAST_SPAN:
        return np.full(pixels.shape, low, np.float32)
    scaled = (pixels - np.float32(first)) * np.float32((high - low) / (last - first)) + np.float32(low)
    np.putmask(scaled, pixels >= np.float32(last), np.float32(high))  # rounding may miss the target by the last digit
    return np.asarray(np.clip(scaled, np.float32(low), np.float32(high)))
