"""Grids: crop, pad and resample pixels together with spacing, affine and mask.

A new grid is defined by the old index of its first pixel and its step, for each axis: ``old index = origin + step * new
index``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medcurate.curate.steps.picture import Picture

Interpolation = Literal["linear", "cubic"]
_FWHM = 2 * np.sqrt(2 * np.log(2))  # full width at half maximum of a Gaussian of unit standard deviation


def moved_affine(
    affine: NDArray[np.float64] | None, origin: Sequence[float], step: Sequence[float]
) -> NDArray[np.float64] | None:
    """Return the affine of the new grid; axes beyond `origin` are unchanged."""
    if affine is None:
        return None
    indices = np.eye(4)
    for axis, (first, by) in enumerate(zip(origin, step, strict=True)):
        indices[axis, axis], indices[axis, 3] = by, first
    return np.asarray(affine @ indices)


def on_grid(
    picture: Picture,
    pixels: NDArray[np.float32],
    mask: NDArray[np.integer[Any]] | None,
    origin: Sequence[float],
    step: Sequence[float],
) -> Picture:
    """Return `picture` with pixels, mask and geometry of a new grid."""
    spacing = picture.spacing_mm
    return picture.replace(
        pixels=pixels,
        mask=mask,
        affine=moved_affine(picture.affine, origin, step),
        spacing_mm=None if spacing is None else tuple(s * by for s, by in zip(spacing, step, strict=True)),
    )


def cut(picture: Picture, box: Sequence[tuple[int, int]]) -> Picture:
    """Return the part of a picture within ``[start, stop)`` of each axis."""
    window = tuple(slice(start, stop) for start, stop in box)
    mask = None if picture.mask is None else picture.mask[window]
    return on_grid(picture, picture.pixels[window], mask, [start for start, _ in box], [1.0] * len(box))


def edge_aligned(old: Sequence[int], new: Sequence[int]) -> tuple[list[float], list[float]]:
    """Return origin and step of a grid of shape `new` with the same outer edges as one of shape `old`."""
    step = [n / m for n, m in zip(old, new, strict=True)]
    return [by / 2 - 0.5 for by in step], step


def sample(
    pixels: NDArray[np.float32],
    shape: Sequence[int],
    origin: Sequence[float],
    step: Sequence[float],
    interpolation: Interpolation,
) -> NDArray[np.float32]:
    """Resample pixels on a new grid, without aliasing and within their original range.

    If the grid becomes coarser, a Gaussian first removes finer detail; its width changes the point spread function of
    the old pixel size into that of the new one (Cardoso et al., Scale factor point spread function matching, MICCAI
    2015). Border values continue outside. Cubic splines overshoot at edges, so values are clipped to the input range.
    """
    sigma = [np.sqrt(max(by * by - 1, 0.0)) / _FWHM for by in step]
    if any(sigma):
        pixels = ndimage.gaussian_filter(pixels, sigma, mode="nearest")
    order: Literal[1, 3] = 1 if interpolation == "linear" else 3
    sampled = ndimage.affine_transform(
        pixels,
        np.asarray(step, np.float64),
        offset=tuple(origin),
        output_shape=tuple(shape),
        order=order,
        mode="nearest",
    )
    return np.asarray(sampled if order == 1 else np.clip(sampled, pixels.min(), pixels.max()), np.float32)


def nearest_indices(size: int, count: int, origin: float, step: float) -> NDArray[np.intp]:
    """Return the old index nearest to each of `count` new ones; halves round up."""
    found = np.floor(origin + step * np.arange(count) + 0.5).astype(np.intp)
    return np.asarray(np.clip(found, 0, size - 1))


def sample_nearest(
    labels: NDArray[Any], shape: Sequence[int], origin: Sequence[float], step: Sequence[float]
) -> NDArray[Any]:
    """Resample labels on a new grid by nearest neighbor, which creates no new labels."""
    indices = [
        nearest_indices(size, count, first, by)
        for size, count, first, by in zip(labels.shape, shape, origin, step, strict=True)
    ]
    return labels[np.ix_(*indices)]
