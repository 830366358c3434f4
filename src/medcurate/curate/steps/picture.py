"""One image or volume during processing: pixels and everything aligned with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medcurate.readers.frame import Plane

_SPACING_TOLERANCE = 1e-3  # relative tolerance of the spacing: headers round


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A gray image (2-D) or volume (3-D) with its geometry and mask.

    A 2-D image is indexed ``[row, column]`` as displayed. A volume is indexed ``[i, j, k]`` as in nibabel, with the
    directions of the axes in `affine`; after `Orient` they are ``[x, y, z]`` of RAS: right, anterior, superior.

    Arrays are read-only views, so that no step can change its input.

    Attributes
    ----------
    pixels : ndarray of float32, shape (rows, columns) or (i, j, k)
        Finite, not empty. Any real dtype is accepted.
    spacing_mm : tuple of float, or None
        Size of a pixel along each axis of `pixels` (mm): (rows, columns) or (i, j, k). None if unknown. Derived from
        `affine` if that is given.
    affine : ndarray of float64, shape (4, 4), or None
        From indices to RAS (mm). For a 2-D image: from (row, column, 0). None if unknown.
    mask : ndarray of integers, same shape as `pixels`, or None
        Labels, 0 is background.
    plane : {'axial', 'coronal', 'sagittal', 'unknown'} or None
        Plane of the image, or of the stored slices of a volume.
    contrast : str or None
        ``T1``, ``T1ce``, ``T2``, ``FLAIR``, ``PD``; white-stripe normalization needs it.
    value_range : tuple of 2 floats, or None
        Range of the values by definition: (0, 255) for an 8-bit picture, (0, 1) after `Percentile`. None without a
        fixed range (CT, MR as stored, z-scores).

    Raises
    ------
    ValueError
        If shapes do not match, the affine is singular or contradicts the spacing, or values are not finite.
    """

    pixels: NDArray[np.float32]
    spacing_mm: tuple[float, ...] | None = None
    affine: NDArray[np.float64] | None = None
    mask: NDArray[np.integer[Any]] | None = None
    plane: Plane | None = None
    contrast: str | None = None
    value_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        given = np.asarray(self.pixels)
        with np.errstate(over="ignore"):  # values beyond single precision are refused below
            pixels = given.astype(np.float32, copy=False)
        if pixels.ndim not in (2, 3) or not pixels.size:
            raise ValueError(f"pixels: expected 2 or 3 axes and at least one pixel, received shape {pixels.shape}")
        if given.dtype.kind not in "iub" and not np.isfinite(pixels).all():
            raise ValueError("pixels: expected finite numbers, received NaN or infinite ones (or beyond float32)")
        object.__setattr__(self, "pixels", _read_only(pixels))
        object.__setattr__(self, "mask", None if self.mask is None else _checked_mask(self.mask, pixels.shape))
        object.__setattr__(self, "affine", None if self.affine is None else _checked_affine(self.affine))
        object.__setattr__(self, "spacing_mm", self._spacing())
        if self.value_range is not None:
            low, high = (float(bound) for bound in self.value_range)
            object.__setattr__(self, "value_range", (low, high))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pixels."""
        return self.pixels.shape

    def replace(self, **changes: Any) -> Picture:
        """Return a picture with some fields changed; with another `affine`, the spacing follows it."""
        if changes.get("affine") is not None and "spacing_mm" not in changes:
            changes["spacing_mm"] = None
        return replace(self, **changes)

    def levels(self) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Return the pixels as integers for a PNG, after `Quantize`: uint8 or uint16.

        Raises
        ------
        ValueError
            If the picture was not quantized.
        """
        if self.value_range not in ((0.0, 255.0), (0.0, 65535.0)):
            raise ValueError(f"value_range: expected that of 8 or 16 bits, received {self.value_range}; use Quantize")
        whole = np.rint(self.pixels)
        return whole.astype(np.uint8) if self.value_range[1] == 255 else whole.astype(np.uint16)

    def _spacing(self) -> tuple[float, ...] | None:
        given = self.spacing_mm
        if given is not None:
            given = tuple(float(size) for size in given)
            if len(given) != self.pixels.ndim or not all(0 < size < float("inf") for size in given):
                raise ValueError(f"spacing_mm: expected {self.pixels.ndim} positive numbers, received {given}")
        if self.affine is None:
            return given
        sizes = np.linalg.norm(self.affine[:3, : self.pixels.ndim], axis=0)
        # The last digits of a norm are rounding errors, and spacings are displayed.
        found = tuple(float(size) for size in np.round(sizes, 9))
        if given is not None and not np.allclose(given, found, rtol=_SPACING_TOLERANCE, atol=0):
            raise ValueError(f"spacing_mm: the affine says {found}, received {given}")
        return found


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _checked_mask(mask: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.integer[Any]]:
    labels = np.asarray(mask)
    if labels.dtype == np.bool_:
        labels = labels.astype(np.uint8)
    if labels.dtype.kind not in "iu" or labels.shape != shape:
        raise ValueError(f"mask: expected integers of shape {shape}, received {labels.dtype} of shape {labels.shape}")
    return _read_only(labels)


def _checked_affine(affine: ArrayLike) -> NDArray[np.float64]:
    matrix = np.array(affine, np.float64)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:3, :3])) < 1e-12:
        raise ValueError("affine: expected 4 x 4 finite numbers that can be inverted")
    return _read_only(matrix)
