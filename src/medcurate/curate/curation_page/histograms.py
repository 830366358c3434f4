"""How gray values are spread within a sample of images: the usual share of each level, and how much images differ."""

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
"""Of an image, at most."""
_BAND = (10, 50, 90)  # percent of the images


@dataclass(frozen=True, slots=True)
class Band:
    """Shares of the foreground's pixels over gray values, across images.

    Attributes
    ----------
    low, high : float
        First and last gray value; the bins are equally wide.
    least, middle, most : tuple of float
        10 %, half and 90 % of the images have at most this share in the bin.
    """

    low: float
    high: float
    least: tuple[float, ...]
    middle: tuple[float, ...]
    most: tuple[float, ...]
    images: int


def foreground_values(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return some gray values of the foreground, evenly spread over the image; none where there is no foreground."""
    values = np.asarray(pixels, np.float32)
    inside = values[foreground(values)]
    return np.ascontiguousarray(inside[:: max(1, -(-inside.size // VALUES))])


def band(samples: Sequence[NDArray[np.float32]], limits: tuple[float, float] | None = None) -> Band | None:
    """Put the histograms of images together.

    Parameters
    ----------
    samples : sequence of ndarray
        Gray values of each image.
    limits : tuple of 2 floats, optional
        Ends of the axis. None for what nine of ten images fit in, without the extreme hundredth of their values.

    Returns
    -------
    Band or None
        None where no image has a foreground.
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
    low = 0.0 if 0 <= low < 0.3 * high else low  # an axis from 0 where it is near
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _edges(low: float, high: float, *, whole: bool) -> tuple[NDArray[np.float64], float]:
    """Return the edges of the bins, and how far they lie beyond the values at the ends.

    Where values are whole numbers, each bin holds equally many of them; else the line would have teeth.
    """
    if not whole or high - low > 16 * BINS:
        return np.linspace(low, high, BINS + 1), 0.0
    low, high = np.floor(low), np.ceil(high)
    width = -(-(high - low + 1) // BINS)
    return low - 0.5 + width * np.arange(-(-(high - low + 1) // width) + 1), 0.5


def _is_whole(sample: NDArray[np.float32]) -> bool:
    return bool((sample == np.rint(sample)).all())
