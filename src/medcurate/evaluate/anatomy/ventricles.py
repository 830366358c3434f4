"""How large the ventricles are: the dark fluid in the middle of an axial head, for T1-like and FLAIR contrasts.

A classic rule. Only the middle of the head is looked at: what lies deeper than half of its greatest depth, so that
the fluid around the brain, the skull and the scalp are left out. Fluid is what is darker there than a share of the
median, in connected parts that are large enough and not as black as air. On T2 and PD, where fluid is bright, the
measure is not taken. Dark cysts and edema count, too; below the ventricles the cisterns do. So it is a measure to
compare two sets of images with, and no volumetry.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

DEPTH = 0.5
"""Share of the greatest depth from which the middle begins."""
DARK = 0.6
"""Share of the median of the middle below which there is fluid."""
AIR = 0.12
"""Share of the median of the middle below which the median of a connected part is air."""
LEAST_PART = 0.001
"""Share of the head that a connected part of fluid must have."""
BRIGHT_FLUID = frozenset({"T2", "PD"})
"""Contrasts on which the measure is not taken."""


def ventricle_share(image: NDArray[np.uint8], head: NDArray[np.bool_]) -> float:
    """Return the area of dark fluid in the middle, as a share of the head's; NaN where there is no head.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width)
        Axial, fluid dark.
    head : ndarray of bool, of the same shape
    """
    area = int(head.sum())
    return float(fluid_mask(image, head).sum() / area) if area else float("nan")


def fluid_mask(image: NDArray[np.uint8], head: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pixels of the middle of a head are fluid."""
    framed = cv2.copyMakeBorder(head.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = np.asarray(cv2.distanceTransform(framed, cv2.DIST_L2, 5))[1:-1, 1:-1]
    middle = head & (depth >= DEPTH * depth.max())
    smooth = cv2.GaussianBlur(image, (0, 0), max(0.5, max(image.shape) / 256))
    bright = float(np.median(smooth[middle])) if middle.any() else 0.0
    dark = middle & (smooth < DARK * bright)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.view(np.uint8), connectivity=4)
    least = max(2.0, LEAST_PART * head.sum())
    parts = [part for part in range(1, len(stats)) if stats[part, cv2.CC_STAT_AREA] >= least]
    fluid = [part for part in parts if np.median(smooth[labels == part]) >= AIR * bright]
    return np.asarray(np.isin(labels, fluid))
