"""Describe how a copy differs from its original, from the map between the two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from medcurate.curate.duplicates.pixel_comparison import Likeness
from medcurate.curate.measures import perceptual_hash as ph

_SCALED = 0.02  # relative difference of the pixel size
_MOVED = 0.02  # fraction of the height or width of the frame
_CUT = 0.01  # the same, for content
_GRAY = 8.0  # mean difference of gray values, of 255
_TURNED = {3: "turned", 4: "flipped+turned", 5: "turned", 6: "turned", 7: "flipped+turned", 1: "flipped", 2: "flipped"}


class Change(NamedTuple):
    """Difference of the second image of a pair from the first.

    Attributes
    ----------
    kind : str
        ``reencoded``, or those of ``flipped``, ``turned``, ``resized``, ``cropped``, ``bordered`` and ``windowed`` that
        apply, with ``+`` between them. ``cropped``: one shows content that is missing in the other; ``bordered``: one
        has more background or a wider border around the same content.
    scale : tuple of float
        Pixels of the second image per pixel of the first, vertically and horizontally (after rotation).
    frame : tuple of 4 floats
        Frame of the second image in the first: top, bottom, left, right as fractions of height and width; 0, 1, 0, 1 if
        equal.
    """

    kind: str
    scale: tuple[float, float]
    frame: tuple[float, float, float, float]


def describe_change(first: np.void, second: np.void, view: int, likeness: Likeness) -> Change:
    """Return the difference between two images.

    Parameters
    ----------
    view : int
        View in which the second one was compared; index into `medcurate.curate.measures.perceptual_hash.TURNS`.
    likeness : Likeness
        Of the two.
    """
    shape, box = _turned_frame(second, view)
    own_shape, own_box = tuple(map(int, first["shape"])), tuple(map(int, first["box"]))
    rows = _along(likeness.affine[1, 1], likeness.affine[1, 2], own_box[:2], box[:2], own_shape[0], shape[0])
    columns = _along(likeness.affine[0, 0], likeness.affine[0, 2], own_box[2:], box[2:], own_shape[1], shape[1])
    frame = (rows[1], rows[2], columns[1], columns[2])
    words = [_TURNED[view]] if view else []
    if max(abs(rows[0] - 1), abs(columns[0] - 1)) > _SCALED:
        words.append("resized")
    sides = _sides(rows, own_box[:2], box[:2], own_shape[0], shape[0])
    sides += _sides(columns, own_box[2:], box[2:], own_shape[1], shape[1])
    words.extend(_framed(sides))
    if likeness.gray > _GRAY or _is_rewindowed(first, second):
        words.append("windowed")
    return Change("+".join(words) or "reencoded", (rows[0], columns[0]), frame)


def _turned_frame(record: np.void, view: int) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
    """Return the shape and the content box of an image in a view."""
    transposed, down, right = ph.TURNS[view]
    height, width = map(int, record["shape"])
    top, bottom, left, right_end = map(int, record["box"])
    if transposed:
        height, width, top, bottom, left, right_end = width, height, left, right_end, top, bottom
    if down:
        top, bottom = height - bottom, height - top
    if right:
        left, right_end = width - right_end, width - left
    return (height, width), (top, bottom, left, right_end)


def _along(
    slope: float, shift: float, own_box: tuple[int, ...], box: tuple[int, ...], own_size: int, size: int
) -> tuple[float, float, float]:
    """Return, along one axis, the scale, and start and end of the second frame in the first (as fractions)."""
    own_unit, unit = (own_box[1] - own_box[0]) / ph.THUMBNAIL, (box[1] - box[0]) / ph.THUMBNAIL
    scale = float(slope) * unit / own_unit
    origin = box[0] + float(shift) * unit - own_box[0] * scale  # the first pixel of the first image in the second
    return scale, -origin / scale / own_size, (size - origin) / scale / own_size


class _Side(NamedTuple):
    """One side of two frames, as fractions of the first one's size.

    Attributes
    ----------
    less : float
        Distance by which the second frame ends inside the first one; negative if it extends beyond.
    own, other : float
        Distance from the first frame to the content of the first and of the second image.
    """

    less: float
    own: float
    other: float


def _sides(
    along: tuple[float, float, float], own_box: tuple[int, ...], box: tuple[int, ...], own_size: int, size: int
) -> list[_Side]:
    """Return the two sides along one axis."""
    _, start, end = along
    first, last = (start + (end - start) * place / size for place in box[:2])
    return [
        _Side(start, own_box[0] / own_size, first),
        _Side(1 - end, 1 - own_box[1] / own_size, 1 - last),
    ]


def _framed(sides: list[_Side]) -> list[str]:
    """Return the kind of frame difference: ``cropped`` if content of one is missing in the other, else ``bordered``."""
    words = []
    for smaller in ([s for s in sides if s.less > _MOVED], [s for s in sides if s.less < -_MOVED]):
        cut = [s.less > s.own + _CUT if s.less > 0 else s.other < -_CUT for s in smaller]
        if smaller:
            words.append("cropped" if any(cut) else "bordered")
    return sorted(set(words), reverse=True)


def _is_rewindowed(first: np.void, second: np.void) -> bool:
    """Return whether two images of one value range have different black and white points."""
    (low, high), (other_low, other_high) = first["range"], second["range"]
    width = max(float(high - low), float(other_high - other_low), 1e-6)
    return bool(max(abs(low - other_low), abs(high - other_high)) > 0.06 * width)
