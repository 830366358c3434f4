"""Rows of small shapes that may be letters, with eighteen features that distinguish letters from anatomy.

Letters contrast with their surroundings in one gray level, have similar height and stroke width, and form a row. Such
rows are searched in the image and in the image rotated by 90 degrees, bright on dark and dark on bright.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Gray = NDArray[np.uint8]
Box = tuple[int, int, int, int]

FEATURES = (
    "log_count", "contrast", "ring_sd", "ring_sd_to_contrast", "level_sd", "height_cv", "baseline_residual", "gap_sd",
    "stroke", "stroke_sd", "fill", "fill_sd", "aspect", "aspect_sd", "inner_sd_to_contrast", "log_height", "advance",
    "weakest_contrast",
)  # fmt: skip
"""Names of `TextLine.features`, in order. Lengths are in units of the row's median height, gray levels of 255."""

_SMALL = 300  # longer side (pixels) below which an image is doubled, so that strokes have a width
_NEIGHBORHOOD = 11  # pixels: strokes are thinner, most anatomy is not
_THRESHOLDS = (32, 80)  # contrast of letters in gray levels, for faint and for touching ones
_HEIGHT = (5, 64)  # area of a letter (pixels)
_MOST = 1200  # shapes per image: more are noise, and their pairs would fill the memory
_FEWEST = 3  # letters per row


class TextLine(NamedTuple):
    """A row of shapes.

    Attributes
    ----------
    box : tuple of int
        Left, top, right, bottom in the input image (pixels, right and bottom exclusive).
    features : ndarray of float32, shape (18,)
        See `FEATURES`.
    """

    box: Box
    features: NDArray[np.float32]


def text_lines(image: Gray) -> Iterator[TextLine]:
    """Yield every row of at least three shapes that could be letters.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w)
    """
    factor = 2 if max(image.shape) < _SMALL else 1
    scaled = image
    if factor > 1:
        scaled = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)
    for turned in (False, True):
        upright = np.ascontiguousarray(np.rot90(scaled)) if turned else np.ascontiguousarray(scaled)
        for polar in (upright, 255 - upright):
            for shapes, features in _rows(polar):
                yield TextLine(_box(shapes, factor, scaled.shape[1] if turned else None), features)


def _rows(image: Gray) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Yield the horizontal rows of bright shapes: boxes, areas and features."""
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (_NEIGHBORHOOD, _NEIGHBORHOOD))
    standing_out = cv2.morphologyEx(image, cv2.MORPH_TOPHAT, kernel)
    for threshold in _THRESHOLDS:
        mask = (standing_out > threshold).astype(np.uint8)
        _, found, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        labels, stats = np.asarray(found, np.int32), np.asarray(boxes, np.int32)
        numbers = _letter_sized(stats)
        if not _FEWEST <= len(numbers) <= _MOST:
            continue
        shapes = stats[numbers]
        rows = _in_rows(shapes)
        depth = np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, 3), np.float32) if rows else np.empty(0, np.float32)
        for row in rows:
            looks = np.array([_look(image, labels, depth, stats[number], number) for number in numbers[row]])
            yield shapes[row], _features(shapes[row], looks)


def _letter_sized(stats: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the indices of the shapes with the size and fill of a letter."""
    _, _, width, height, area = stats.T
    low, high = _HEIGHT
    fits = (height >= low) & (height <= high) & (width <= 1.8 * height + 2) & (area >= 6)
    fits &= (area <= 0.9 * width * height + 4) & (area >= 0.1 * width * height)
    fits[0] = False  # the background
    return np.flatnonzero(fits)


def _in_rows(shapes: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    """Join adjacent shapes of similar height that share a baseline or a top line."""
    x, y, width, height = (shapes[:, column].astype(np.float32) for column in range(4))
    taller, smaller = np.maximum(height[:, None], height), np.minimum(height[:, None], height)
    gap = x[None] - (x + width)[:, None]
    foot = y + height
    joined = (x[None] > x[:, None]) & (gap <= 0.9 * taller) & (gap >= -0.35 * taller) & (smaller >= 0.5 * taller)
    slack = 0.2 * taller + 1
    joined &= (np.abs(foot[:, None] - foot) <= slack) | (np.abs(y[:, None] - y) <= slack)
    left, right = np.nonzero(joined)
    if not len(left):
        return []
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(len(shapes),) * 2)
    _, row_of = connected_components(graph, directed=False)
    order = np.argsort(row_of, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(row_of[order])) + 1)
    return [row for row in rows if len(row) >= _FEWEST]


def _look(
    image: Gray, labels: NDArray[np.int32], depth: NDArray[np.float32], shape: NDArray[np.int32], number: np.intp
) -> tuple[float, ...]:
    """Return contrast, deviation around it, level, half stroke width, and deviation within, of one shape."""
    x, y, width, height, _ = shape.tolist()
    window = (slice(max(0, y - 3), y + height + 3), slice(max(0, x - 3), x + width + 3))
    inside = (labels[window] == number).astype(np.uint8)
    around = cv2.dilate(inside, np.ones((7, 7), np.uint8)) > cv2.dilate(inside, np.ones((3, 3), np.uint8))
    gray = image[window].astype(np.float32)
    values, ring = np.sort(gray[inside > 0]), gray[around]
    level = float(values[int(0.7 * len(values)) :].mean())
    ground, unrest = (float(np.median(ring)), float(ring.std())) if len(ring) else (0.0, 0.0)
    return level - ground, unrest, level, float(depth[window][inside > 0].max()), float(values.std())


def _features(shapes: NDArray[np.int32], looks: NDArray[np.float64]) -> NDArray[np.float32]:
    order = np.argsort(shapes[:, 0], kind="stable")
    x, y, width, height, area = shapes[order].astype(np.float64).T
    contrast, ring, level, half_stroke, inner = looks[order].T
    unit, strength = np.median(height), max(float(np.median(contrast)), 1.0)
    foot, middle = y + height, x + width / 2
    line = np.polynomial.Polynomial.fit(middle, foot, 1) if np.ptp(middle) > 0 else None
    residual = np.median(np.abs(foot - line(middle))) if line is not None else 0.0
    stroke, fill, aspect = half_stroke / height, area / (width * height), width / height
    values = (
        np.log(len(x)), np.median(contrast) / 255, np.median(ring) / 255, np.median(ring) / strength, level.std() / 255,
        height.std() / unit, residual / unit, ((x[1:] - (x + width)[:-1]) / unit).std(), np.median(stroke),
        stroke.std(),
        np.median(fill), fill.std(), np.median(aspect), aspect.std(), np.median(inner) / strength, np.log(unit),
        (x[-1] + width[-1] - x[0]) / unit / len(x), np.percentile(contrast, 20) / 255,
    )  # fmt: skip
    return np.array(values, np.float32)


def _box(shapes: NDArray[np.int32], factor: int, turned_width: int | None) -> Box:
    """Return the box around the shapes in the original image, whose width before rotation is `turned_width`."""
    left, top = shapes[:, 0].min(), shapes[:, 1].min()
    right, bottom = (shapes[:, 0] + shapes[:, 2]).max(), (shapes[:, 1] + shapes[:, 3]).max()
    if turned_width is not None:  # rot90 moved column c of the original to row (width - 1 - c)
        left, top, right, bottom = turned_width - bottom, left, turned_width - top, right
    return int(left) // factor, int(top) // factor, -(-int(right) // factor), -(-int(bottom) // factor)
