"""A picture of generated images below real ones, by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.dataset.contrast_stacks import side_by_side
from medcurate.pictures import grid

COLUMNS = 8
STRIP = 16
"""Height of a line of text (pixels)."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_SCALE = 0.38
_WHITE, _BLACK = 255, 0
_BASELINE = 12

Images = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class SheetLabels:
    """What stands in a picture besides the generated images.

    Attributes
    ----------
    real : ndarray of uint8, shape (m, *spatial, channels)
        Real images for the first row; the first 8 are shown.
    real_labels : tuple of str
        Class of each; empty where images have none.
    labels : tuple of str
        Class that each generated image was drawn for; empty where images have none.
    """

    real: Images
    real_labels: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def sheet(images: Images) -> Images:
    """Lay images out, `COLUMNS` per row, their channels side by side.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels) or (n, depth, height, width, channels)
        Of a volume, the middle slice along its first axis is shown.

    Returns
    -------
    ndarray of uint8, shape (rows * height, COLUMNS * width * channels)
    """
    if images.ndim == 5:
        images = images[:, images.shape[1] // 2]
    return grid(side_by_side(images), COLUMNS)


def labeled_sheet(images: Images, about: SheetLabels) -> Images:
    """Lay generated images out below a row of real ones; each class begins a row, under its name.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, *spatial, channels)
    about : SheetLabels

    Returns
    -------
    ndarray of uint8, shape (height, COLUMNS * width * channels)
    """
    real = sheet(about.real[:COLUMNS])
    parts = [_strip(real.shape[1], "real"), real]
    if about.real_labels:
        parts.insert(1, _row_of_labels(real.shape[1], about.real_labels[:COLUMNS]))
    labels = np.array(about.labels or [""] * len(images))
    for label in sorted(set(about.labels)) or [""]:
        title = f"generated: {label}" if label else "generated"
        parts += [_strip(real.shape[1], title), sheet(images[labels == label])]
    return np.concatenate(parts)


def _row_of_labels(width: int, labels: Sequence[str]) -> Images:
    tile = width // COLUMNS
    strips = [_strip(tile, label) for label in labels]
    missing = [np.full((STRIP, width - tile * len(strips)), _WHITE, np.uint8)]
    return np.concatenate(strips + missing, axis=1)


def _strip(width: int, text: str) -> Images:
    """Return a line of text, cut to fit; letters that the font lacks become question marks."""
    shown = text.encode("ascii", "replace").decode()
    while shown and cv2.getTextSize(shown, _FONT, _FONT_SCALE, 1)[0][0] > width - 4:
        shown = shown[:-1]
    strip = np.full((STRIP, width), _WHITE, np.uint8)
    cv2.putText(strip, shown, (2, _BASELINE), _FONT, _FONT_SCALE, _BLACK, 1, cv2.LINE_AA)
    return strip
