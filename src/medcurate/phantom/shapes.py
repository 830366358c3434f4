"""Signed distances (mm, negative inside) to simple shapes, for the anatomy that brain templates do not cover.

Distances to ellipsoids are the usual first-order estimate; near the surface, where they matter, they are exact enough.
The polynomial smooth minimum is that of I. Quilez, https://iquilezles.org/articles/smin (2013).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Triple = tuple[float, float, float]


def ellipsoid(p: Array, center: Triple, radii: Triple) -> Array:
    """Return the distance of points `p`, shape (3, ...), to an ellipsoid along the axes."""
    scaled = [(p[k] - np.float32(center[k])) / np.float32(radii[k]) for k in range(3)]
    norm = np.sqrt(scaled[0] ** 2 + scaled[1] ** 2 + scaled[2] ** 2)
    gradient = np.sqrt(sum((scaled[k] / np.float32(radii[k])) ** 2 for k in range(3)))
    return np.asarray(norm * (norm - 1) / np.maximum(gradient, np.float32(1e-6)), np.float32)


def capsule(p: Array, start: Triple, end: Triple, radius_start: float, radius_end: float | None = None) -> Array:
    """Return the distance to a round cone from `start` to `end`."""
    a = np.asarray(start, np.float32)
    axis = np.asarray(end, np.float32) - a
    length2 = float(axis @ axis)
    t = sum((p[k] - a[k]) * axis[k] for k in range(3)) / np.float32(length2)
    t = np.clip(t, 0, 1)
    distance = np.sqrt(sum((p[k] - a[k] - t * axis[k]) ** 2 for k in range(3)))
    taper = np.float32((radius_start if radius_end is None else radius_end) - radius_start)
    return np.asarray(distance - np.float32(radius_start) - t * taper, np.float32)


def box(p: Array, center: Triple, half: Triple, rounding: float = 0.0) -> Array:
    """Return the distance to a box along the axes with rounded edges."""
    q = [np.abs(p[k] - np.float32(center[k])) - np.float32(half[k] - rounding) for k in range(3)]
    outside = np.sqrt(sum(np.maximum(component, 0) ** 2 for component in q))
    inside = np.minimum(np.maximum(np.maximum(q[0], q[1]), q[2]), 0)
    return np.asarray(outside + inside - np.float32(rounding), np.float32)


def smooth_union(a: Array, b: Array, blend_mm: float) -> Array:
    """Join two shapes with a rounded seam of width `blend_mm`."""
    h = np.maximum(np.float32(blend_mm) - np.abs(a - b), 0) / np.float32(blend_mm)
    return np.asarray(np.minimum(a, b) - h * h * np.float32(blend_mm / 4), np.float32)


def smooth_cut(a: Array, b: Array, blend_mm: float) -> Array:
    """Subtract shape `b` from shape `a` with a rounded edge."""
    return -smooth_union(-a, b, blend_mm)


def mirrored(p: Array) -> Array:
    """Fold the points onto the right half (x >= 0), so that one shape models both sides."""
    return np.stack([np.abs(p[0]), p[1], p[2]])
