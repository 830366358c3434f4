"""Histograms of gray values in a sample of images: the typical histogram, and its variation between images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.curate.steps.foreground import foreground

BINS = 64
"""At most."""
VALUES = 4096
"""Largest number of gray values per image."""
_BAND = (10, 50, 90)  # percent of the images


@dataclass(frozen=True, slots=True)
class Band:
    """Histograms of the foreground, summarized over images.

    Attributes
    ----------
    low, high : float
        First and last gray value; the bins are equally wide.
    least, middle, most : tuple of float
        10th, 50th and 90th percentile over images of the fraction of pixels per bin.
    """

    low: float
    high: float
    least: tuple[float, ...]
    middle: tuple[float, ...]
    most: tuple[float, ...]
    images: int


def foreground_values(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return a regular sample of the gray values of the foreground; empty without foreground."""
    values = np.asarray(pixels, np.float32)
    inside = values[foreground(values)]
    return np.ascontiguousarray(inside[:: max(1, -(-inside.size // VALUES))])


def band(samples: Sequence[NDArray[np.float32]], limits: tuple[float, float] | None = None) -> Band | None:
    """Summarize the histograms of images.

    Parameters
    ----------
    samples : sequence of ndarray
        Gray values of each image.
    limits : tuple of 2 floats, optional
        Ends of the axis. None for a range that contains nine of ten images without their extreme hundredth of values.

    Returns
    -------
    Band or None
        None if no image has a foreground.
    """
    filled = [sample for sample in samples if sample.size]
    if not filled:
        return None
    edges, rounding = _edges(*(limits or _limits(filled)), whole=all(_is_whole(sample) for sample in filled))
    shares = np.stack([np.histogram(sample, edges)[0] / sample.size for sample in filled])
    least, middle, most = (tuple(line.tolist()) for line in np.percentile(shares, _BAND, axis=0))
    return Band(float(edges[0]) + rounding, float(edges[-1]) - rounding, least, middle, most, len(filled))


def _limits(samples: Sequence[NDArray[np.float32]]) -> tuple[float, float]:
    ends = np.array([np.percentile(sample, (1, 99)) for sample in samples])
    low, high = float(np.percentile(ends[:, 0], 10)), float(np.percentile(ends[:, 1], 90))
    low = 0.0 if 0 <= low < 0.3 * high else low  # start the axis at 0 if it is near
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _edges(low: float, high: float, *, whole: bool) -> tuple[NDArray[np.float64], float]:
    """Return the edges of the bins, and their distance beyond the extreme values.

    For integers, each bin covers equally many values; otherwise the histogram would be jagged.
    """
    if not whole or high - low > 16 * BINS:
        return np.linspace(low, high, BINS + 1), 0.0
    low, high = np.floor(low), np.ceil(high)
    width = -(-(high - low + 1) // BINS)
    return low - 0.5 + width * np.arange(-(-(high - low + 1) // width) + 1), 0.5


def _is_whole(sample: NDArray[np.float32]) -> bool:
    return bool((sample == np.rint(sample)).all())
