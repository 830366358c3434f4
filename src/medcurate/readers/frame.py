"""The frames that readers yield: pixels and header facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medcurate.errors import Code

Plane = Literal["axial", "coronal", "sagittal", "unknown"]
Kind = Literal["image", "volume", "mask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of one frame that do not depend on its pixels.

    Keys (``patient_key``, ``series_key``, ``instance_key``) hold raw identifiers. They exist in memory only: `scan`
    replaces them by salted pseudonyms before anything is written, logged or shown.

    Attributes
    ----------
    format : str
        ``dicom``, ``nifti``, ``mat``, ``jpeg``, ``png`` or ``tiff``.
    kind : {'image', 'volume', 'mask'}
        ``volume``: all frames of the file are slices of one volume, in slice order, and become one catalogue row.
    frame : int or None
        0-based frame of a multi-frame file or slice of a volume; None for a single image.
    modality : str or None
        DICOM code (``MR``, ``CT``, ...), None if unknown.
    contrast : str or None
        ``T1``, ``T1ce``, ``T2``, ``FLAIR``, ``PD``, None if unknown.
    tumor : str or None
        ``glioma``, ``meningioma``, ``pituitary``, ``none``.
    spacing_mm : tuple of float or None
        Between rows, between columns, and, if known, between slices (mm).
    position_mm : tuple of float or None
        Center of the first pixel in patient space (mm, LPS).
    axes : tuple of 6 floats or None
        Unit vectors along a row (increasing column) and along a column (increasing row), LPS, as in
        ImageOrientationPatient.
    plane, plane_confidence, obliquity_deg
        From the header by `medcurate.readers.geometry`; None if unknown. Degrees in [0, 54.74].
    bit_depth : int
        Bits stored per sample.
    depth : int or None
        Slices of the volume (kind ``volume``, or a 3-D mask).
    window : tuple of float or None
        Display window (low, high) in units of the pixels; None if absent or not usable.
    notes : tuple of Code
        Anomalies that do not prevent the use of the image.
    """

    format: str
    kind: Kind = "image"
    frame: int | None = None
    modality: str | None = None
    contrast: str | None = None
    tumor: str | None = None
    patient_key: str | None = None
    series_key: str | None = None
    instance_key: str | None = None
    acquisition: str | None = None
    spacing_mm: tuple[float, ...] | None = None
    position_mm: tuple[float, float, float] | None = None
    axes: tuple[float, float, float, float, float, float] | None = None
    plane: Plane | None = None
    plane_confidence: float | None = None
    obliquity_deg: float | None = None
    bit_depth: int = 8
    depth: int | None = None
    window: tuple[float, float] | None = None
    notes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One 2-D image.

    Attributes
    ----------
    pixels : ndarray, shape (height, width)
        Canonical gray pixels: uint8 or uint16 as stored (raster formats), rescaled values for DICOM, NIfTI and MATLAB
        (the narrowest of uint8, int16, uint16, int32, float32 that holds them exactly, float32 otherwise). Upright,
        C-contiguous and finite, with high values bright (non-finite voxels become the least finite value, noted as
        `Code.NONFINITE`).
    """

    pixels: NDArray[np.generic]
    facts: Facts
