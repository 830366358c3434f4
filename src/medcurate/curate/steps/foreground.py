"""What of a picture is not background: the part to crop to, and the pixels that intensities are measured in.

Everything here gives the same answer when all values are scaled and shifted (by a positive factor).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_ENOUGH = {2: 192, 3: 96}  # pixels of the longest side, by number of axes
_SAMPLE = 10_000  # pixels that the top of the scale is estimated from
_BRIGHTEST = 0.005  # share of pixels brighter than what counts as the top of the scale
_TOWARD_BRIGHT = 0.15  # noise of the background lies below, dark tissue above
_DARK, _FLAT = 0.125, 0.12  # of the scale: median and spread that background may have
_LEAST_PART = 0.02  # of the largest component: smaller ones are letters, marks and noise
_LEAST_SHARE = 0.002  # of all pixels: less is no foreground

Box = tuple[tuple[int, int], ...]


def threshold(pixels: NDArray[np.float32]) -> float | None:
    """Return the value above which pixels are foreground, None where all are equal.

    Otsu's threshold (1979) parts dark from bright. The background is the median of the dark, and the threshold lies
    at 15 % of the way from it to the median of the bright, since dark tissue and fluid are no background.
    """
    return _threshold(_reduced(pixels)[0])


def foreground(pixels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which pixels are brighter than the background; none where all are equal."""
    found = threshold(pixels)
    return np.zeros(pixels.shape, np.bool_) if found is None else pixels > np.float32(found)


def foreground_box(pixels: NDArray[np.float32]) -> Box | None:
    """Return the box around the large connected parts of the foreground, None where there is none.

    The whole picture where what lies outside of the box is neither dark nor flat: a picture that was cropped tightly
    before, with a bright tumor, has no background.

    Returns
    -------
    tuple of (start, stop), one an axis
    """
    small, factor = _reduced(pixels)
    limit = _threshold(small)
    if limit is None:
        return None
    box = _box_of_large_parts(small > limit)
    if box is None:
        return None
    if not _is_background(small, box):
        box = tuple((0, size) for size in small.shape)
    return tuple(
        (int(start * by), min(size, int(np.ceil(stop * by))))
        for (start, stop), by, size in zip(box, factor, pixels.shape, strict=True)
    )


def background(pixels: NDArray[np.float32]) -> float:
    """Return the value to fill with: the commonest one on the border if half of the border has it, else the least."""
    faces = [np.take(pixels, [0, -1], axis).ravel() for axis in range(pixels.ndim)]
    values, counts = np.unique(np.concatenate(faces), return_counts=True)
    commonest = int(counts.argmax())
    return float(values[commonest] if 2 * counts[commonest] >= counts.sum() else pixels.min())


def box_of(mask: NDArray[Any]) -> Box | None:
    """Return the box around all that is not zero, None where all is."""
    lines = [
        np.flatnonzero(mask.any(axis=tuple(k for k in range(mask.ndim) if k != axis))) for axis in range(mask.ndim)
    ]
    return tuple((int(line[0]), int(line[-1]) + 1) for line in lines) if lines[0].size else None


def _reduced(pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[float, ...]]:
    """Return a coarse copy, and how many old pixels one of its pixels spans along each axis."""
    step = -(-max(pixels.shape) // _ENOUGH[pixels.ndim])
    if step == 1:
        return pixels, (1.0,) * pixels.ndim
    if pixels.ndim == 3:
        return pixels[::step, ::step, ::step], (float(step),) * 3
    height, width = (-(-size // step) for size in pixels.shape)
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), (pixels.shape[0] / height, pixels.shape[1] / width)


def _scale(small: NDArray[np.float32]) -> tuple[float, float]:
    """Return the least value and one that few exceed; the same twice where all are equal."""
    low = float(small.min())
    some = small.ravel()[:: -(-small.size // _SAMPLE)]
    rank = some.size - 1 - int(_BRIGHTEST * some.size)
    high = float(np.partition(some, rank)[rank])
    return low, high if high > low else float(small.max())


def _threshold(small: NDArray[np.float32]) -> float | None:
    low, high = _scale(small)
    if high <= low:
        return None
    scale = 255.0 / (high - low)
    levels = np.clip((small - np.float32(low)) * np.float32(scale), 0, 255).astype(np.uint8).reshape(len(small), -1)
    otsu, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    counts = np.asarray(cv2.calcHist([levels], [0], None, [256], [0, 256])).ravel()
    # Otsu's threshold is the first of many that part the classes alike where there is nothing between them
    first_bright = int(otsu) + 1
    dark, bright = _median(counts[:first_bright]), first_bright + _median(counts[first_bright:])
    return float(low + (dark + _TOWARD_BRIGHT * (bright - dark) + 0.5) / scale)


def _median(counts: NDArray[np.float32]) -> int:
    """Return the median level of a histogram."""
    total = np.cumsum(counts, dtype=np.float64)
    return int(np.searchsorted(total, total[-1] / 2))


def _is_background(small: NDArray[np.float32], box: Box) -> bool:
    """Say whether what lies outside of a box is dark or flat, as background is."""
    outside = np.ones(small.shape, np.bool_)
    outside[tuple(slice(start, stop) for start, stop in box)] = False
    values = small[outside]
    if not values.size:
        return True
    low, high = _scale(small)
    tenth, middle, ninety = np.percentile(values[:: -(-values.size // _SAMPLE)], (10, 50, 90))
    return bool(middle - low <= _DARK * (high - low) or ninety - tenth <= _FLAT * (high - low))


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
