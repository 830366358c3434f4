"""Foreground of a picture: the box to crop to, and the pixels in which intensities are measured.

All functions are invariant to positive scaling and shifting of the values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_ENOUGH = {2: 128, 3: 96}  # pixels of the longest side, by number of axes
_SAMPLE = 4_000  # number of pixels from which the top of the scale is estimated
_BRIGHTEST = 0.005  # fraction of pixels above the top of the scale
_TOWARD_BRIGHT = 0.15  # background noise is below, dark tissue above
_DARK, _FLAT = 0.125, 0.12  # fractions of the scale: largest median and spread of background
_LEAST_PART = 0.02  # fraction of the largest component: smaller ones are letters, marks and noise
_LEAST_SHARE = 0.002  # fraction of all pixels: less is not foreground

_LEVELS = np.arange(256.0)

LEAST_SPAN = 1e-30
"""Smaller differences count as equal: single precision could not stretch them."""

Box = tuple[tuple[int, int], ...]


def threshold(pixels: NDArray[np.float32]) -> float | None:
    """Return the value above which pixels are foreground, None if all are equal.

    Otsu's threshold (1979) separates dark from bright pixels. The background is the median of the dark ones, and the
    threshold lies 15 % of the way from it to the median of the bright ones, because dark tissue and fluid are not
    background.
    """
    gray = _gray(_reduced(pixels)[0])
    return None if gray is None else gray.low + (_limit(gray.counts) + 0.5) / gray.scale


def foreground(pixels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return a mask of the pixels brighter than the background; empty if all are equal."""
    found = threshold(pixels)
    return np.zeros(pixels.shape, np.bool_) if found is None else pixels > np.float32(found)


def foreground_box(pixels: NDArray[np.float32]) -> Box | None:
    """Return the box around the large connected parts of the foreground, None if there are none.

    The box is the whole picture if the outside is neither dark nor flat: a tightly cropped picture with a bright tumor
    has no background.

    Returns
    -------
    tuple of (start, stop) per axis
    """
    small, factor = _reduced(pixels)
    gray = _gray(small)
    if gray is None:
        return None
    box = _box_of_large_parts(gray.levels > int(_limit(gray.counts)))
    if box is None:
        return None
    if not _is_background(gray, box):
        box = tuple((0, size) for size in small.shape)
    return tuple(
        (int(start * by), min(size, int(np.ceil(stop * by))))
        for (start, stop), by, size in zip(box, factor, pixels.shape, strict=True)
    )


def background(pixels: NDArray[np.float32]) -> float:
    """Return the fill value: the most common one on the border if half of the border has it, else the least value."""
    faces = [np.take(pixels, [0, -1], axis).ravel() for axis in range(pixels.ndim)]
    values, counts = np.unique(np.concatenate(faces), return_counts=True)
    commonest = int(counts.argmax())
    return float(values[commonest] if 2 * counts[commonest] >= counts.sum() else pixels.min())


def box_of(mask: NDArray[Any]) -> Box | None:
    """Return the box around all nonzero elements, None if there are none."""
    lines = [
        np.flatnonzero(mask.any(axis=tuple(k for k in range(mask.ndim) if k != axis))) for axis in range(mask.ndim)
    ]
    return tuple((int(line[0]), int(line[-1]) + 1) for line in lines) if lines[0].size else None


def _reduced(pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[float, ...]]:
    """Return a coarse copy, and the size of its pixels in original pixels along each axis."""
    step = -(-max(pixels.shape) // _ENOUGH[pixels.ndim])
    if step == 1:
        return pixels, (1.0,) * pixels.ndim
    if pixels.ndim == 3:
        return pixels[::step, ::step, ::step], (float(step),) * 3
    height, width = (-(-size // step) for size in pixels.shape)
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), (pixels.shape[0] / height, pixels.shape[1] / width)


class _Gray(NamedTuple):
    """A picture in 256 levels: level 0 is its least value `low`, and few pixels exceed the last level."""

    levels: NDArray[np.uint8]
    counts: NDArray[np.float64]
    low: float
    scale: float


def _gray(small: NDArray[np.float32]) -> _Gray | None:
    low = float(small.min())
    some = small.ravel()[:: -(-small.size // _SAMPLE)]
    rank = some.size - 1 - int(_BRIGHTEST * some.size)
    high = float(np.partition(some, rank)[rank])
    if high - low < LEAST_SPAN:
        high = float(small.max())
    if high - low < LEAST_SPAN:
        return None
    scale = 255.0 / (high - low)
    levels = np.minimum((small - np.float32(low)) * np.float32(scale), 255).astype(np.uint8)
    return _Gray(levels, _histogram(levels), low, scale)


def _histogram(levels: NDArray[np.uint8]) -> NDArray[np.float64]:
    counts = cv2.calcHist([levels.reshape(len(levels), -1)], [0], None, [256], [0, 256])
    return np.asarray(counts, np.float64).ravel()


def _limit(counts: NDArray[np.float64]) -> float:
    """Return the level above which pixels are foreground, given the histogram."""
    first_bright = _otsu(counts) + 1
    dark, bright = _quantile(counts[:first_bright], 0.5), first_bright + _quantile(counts[first_bright:], 0.5)
    return dark + _TOWARD_BRIGHT * (bright - dark)


def _otsu(counts: NDArray[np.float64]) -> int:
    """Return the last dark level by Otsu's criterion; the first if several are equal."""
    below, moments = np.cumsum(counts), np.cumsum(counts * _LEVELS)
    above = below[-1] - below
    gap = moments * above - (moments[-1] - moments) * below  # difference of the means, times both sizes
    variance = np.divide(gap * gap, below * above, out=np.zeros(256), where=(below > 0) & (above > 0))
    return int(variance.argmax())


def _quantile(counts: NDArray[np.float64], share: float) -> int:
    """Return a quantile of a histogram."""
    total = np.cumsum(counts)
    return int(np.searchsorted(total, share * total[-1]))


def _is_background(gray: _Gray, box: Box) -> bool:
    """Return whether the outside of a box is dark or flat, like background."""
    inside = gray.levels[tuple(slice(start, stop) for start, stop in box)]
    counts = gray.counts - _histogram(np.ascontiguousarray(inside))
    if not counts.any():
        return True
    tenth, middle, ninety = (_quantile(counts, share) for share in (0.1, 0.5, 0.9))
    return middle <= _DARK * 255 or ninety - tenth <= _FLAT * 255


def _box_of_large_parts(above: NDArray[np.bool_]) -> Box | None:
    if above.ndim == 2:
        _, _, stats, _ = cv2.connectedComponentsWithStats(above.view(np.uint8), connectivity=8)
        sizes = stats[1:, cv2.CC_STAT_AREA]
    else:
        labels = np.asarray(ndimage.label(above)[0])
        sizes = np.bincount(labels.ravel())[1:]
    if not sizes.size or sizes.max() < _LEAST_SHARE * above.size:
        return None
    large = 1 + np.flatnonzero(sizes >= _LEAST_PART * sizes.max())
    if above.ndim == 2:
        left, top = stats[large, cv2.CC_STAT_LEFT], stats[large, cv2.CC_STAT_TOP]
        right, bottom = left + stats[large, cv2.CC_STAT_WIDTH], top + stats[large, cv2.CC_STAT_HEIGHT]
        return (int(top.min()), int(bottom.max())), (int(left.min()), int(right.max()))
    parts = ndimage.find_objects(labels)
    chosen = [parts[label - 1] for label in large]
    return tuple((min(p[axis].start for p in chosen), max(p[axis].stop for p in chosen)) for axis in range(3))
