"""Render labels as T1, T1ce, T2 and FLAIR images, with noise, bias field and other scanner effects."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from medcurate.errors import UsageError
from medcurate.phantom.fields import Array, Grid, smooth_field
from medcurate.phantom.head import Head
from medcurate.phantom.tissues import Tissue

Contrast = Literal["T1", "T1ce", "T2", "FLAIR"]
CONTRASTS: tuple[Contrast, ...] = ("T1", "T1ce", "T2", "FLAIR")
PLANES = ("axial", "coronal", "sagittal")

# Signal of each tissue in [0, 1] at 1.5 to 3 T, estimated visually from clinical images: T1, T1ce, T2, FLAIR.
_SIGNAL: dict[Tissue, tuple[float, float, float, float]] = {
    Tissue.AIR: (0.0, 0.0, 0.0, 0.0),
    Tissue.CSF: (0.19, 0.20, 0.93, 0.11),
    Tissue.VENTRICLE: (0.16, 0.17, 0.97, 0.08),
    Tissue.CORTEX: (0.52, 0.53, 0.54, 0.60),
    Tissue.WHITE_MATTER: (0.76, 0.74, 0.35, 0.45),
    Tissue.DEEP_GRAY: (0.58, 0.59, 0.44, 0.53),
    Tissue.CEREBELLAR_CORTEX: (0.50, 0.52, 0.53, 0.56),
    Tissue.CEREBELLAR_WHITE: (0.72, 0.70, 0.38, 0.47),
    Tissue.BRAINSTEM: (0.66, 0.66, 0.41, 0.47),
    Tissue.CHOROID_PLEXUS: (0.38, 0.85, 0.68, 0.48),
    Tissue.PITUITARY: (0.60, 0.95, 0.48, 0.52),
    Tissue.DURA: (0.26, 0.70, 0.22, 0.22),
    Tissue.VESSEL: (0.24, 0.96, 0.07, 0.10),
    Tissue.CORTICAL_BONE: (0.05, 0.05, 0.04, 0.04),
    Tissue.MARROW: (0.50, 0.52, 0.38, 0.34),
    Tissue.FAT: (0.95, 0.92, 0.66, 0.68),
    Tissue.SKIN: (0.46, 0.55, 0.34, 0.40),
    Tissue.MUSCLE: (0.36, 0.42, 0.18, 0.27),
    Tissue.EYE: (0.15, 0.16, 0.98, 0.12),
    Tissue.LENS: (0.36, 0.36, 0.24, 0.26),
    Tissue.OPTIC_NERVE: (0.58, 0.60, 0.42, 0.50),
    Tissue.AIRWAY: (0.0, 0.0, 0.0, 0.0),
    Tissue.MUCOSA: (0.42, 0.82, 0.78, 0.72),
    Tissue.TONGUE: (0.48, 0.55, 0.34, 0.40),
    Tissue.TEETH: (0.03, 0.03, 0.03, 0.03),
    Tissue.DISC: (0.34, 0.34, 0.36, 0.32),
    Tissue.EDEMA: (0.48, 0.47, 0.80, 0.92),
    Tissue.TUMOR_CORE: (0.32, 0.33, 0.84, 0.62),
    Tissue.TUMOR_ENHANCING: (0.48, 0.98, 0.60, 0.74),
    Tissue.SPINAL_CORD: (0.64, 0.64, 0.42, 0.46),
}
_DETAIL = {"T1": 1.0, "T1ce": 0.9, "T2": -0.9, "FLAIR": -0.6}
_MIXED = (
    Tissue.CSF,
    Tissue.VENTRICLE,
    Tissue.CORTEX,
    Tissue.WHITE_MATTER,
    Tissue.DEEP_GRAY,
    Tissue.CEREBELLAR_CORTEX,
    Tissue.CEREBELLAR_WHITE,
    Tissue.BRAINSTEM,
)


def _signals(contrast: str, rng: np.random.Generator, spread: float) -> Array:
    column = CONTRASTS.index(contrast)
    table = np.array([_SIGNAL[t][column] for t in Tissue], np.float32)
    return table * (1 + np.float32(spread) * np.clip(rng.standard_normal(table.size), -2, 2)).astype(np.float32)


def _tissue_signal(head: Head, signal: Array, contrast: str) -> Array:
    """Return the signal of each voxel: that of its tissue, and within the brain a mixture by tissue fractions."""
    image = signal[head.labels]
    mixed = np.isin(head.labels, _MIXED)
    gray, white = head.gray[mixed], head.white[mixed]
    fluid = np.where(head.labels[mixed] == Tissue.VENTRICLE, signal[Tissue.VENTRICLE], signal[Tissue.CSF])
    value = gray * signal[Tissue.CORTEX] + white * signal[Tissue.WHITE_MATTER] + (1 - gray - white) * fluid
    # Regions differ from the cortex and white matter of the hemispheres by a fraction of their own signal.
    own, kind = image[mixed], head.labels[mixed]
    regional = (kind == Tissue.DEEP_GRAY) | (kind == Tissue.BRAINSTEM)
    value = np.where(regional, 0.5 * value + 0.5 * own, value)
    image[mixed] = value + np.float32(_DETAIL[contrast]) * head.detail[mixed]
    return np.maximum(image, 0)


def render(
    head: Head,
    contrast: str,
    rng: np.random.Generator,
    *,
    skull_stripped: bool = False,
    noise: float = 0.02,
    bias: float = 0.15,
) -> Array:
    """Simulate an image of a head.

    Parameters
    ----------
    contrast : {'T1', 'T1ce', 'T2', 'FLAIR'}
    rng : Generator
        For tissue signals, texture, bias field and noise.
    skull_stripped : bool
        Set everything but the brain to zero.
    noise : float
        Standard deviation of the Rician noise, as a fraction of the brightest tissue.
    bias : float
        Standard deviation of the logarithm of the bias field.

    Returns
    -------
    ndarray of float32, shape head.labels.shape
        Non-negative, about [0, 1.3].

    Raises
    ------
    UsageError
        If `contrast` is unknown, or `noise` or `bias` is negative.
    """
    if contrast not in CONTRASTS:
        raise UsageError(f"contrast: expected one of {', '.join(CONTRASTS)}, got {contrast!r}")
    if noise < 0 or bias < 0:
        raise UsageError(f"noise and bias: expected 0 or more, got {noise} and {bias}")
    origin = tuple(float(v) for v in head.affine[:3, 3])
    nx, ny, nz = head.labels.shape
    grid = Grid((origin[0], origin[1], origin[2]), (nx, ny, nz), head.spacing_mm)
    image = _tissue_signal(head, _signals(contrast, rng, 0.04), contrast)
    mottle = smooth_field(rng, grid, max(5.0, 2 * head.spacing_mm))
    grain = ndimage.gaussian_filter(rng.standard_normal(grid.shape, dtype=np.float32), 0.7)
    soft = np.isin(head.labels, (Tissue.MUSCLE, Tissue.FAT, Tissue.TONGUE, Tissue.MARROW, Tissue.TUMOR_ENHANCING))
    image *= 1 + np.float32(0.02) * mottle + np.where(soft, np.float32(0.16), np.float32(0.03)) * grain
    image = ndimage.gaussian_filter(image, 0.45 * max(1.0, 1.2 / head.spacing_mm))
    image *= np.exp(np.float32(bias) * smooth_field(rng, grid, 95.0))
    image *= 1 / (1 + np.exp(-(grid.axis(2) + 140) / 10))  # the coil is less sensitive in the neck
    if noise:
        real, imaginary = (np.float32(noise) * rng.standard_normal(grid.shape, dtype=np.float32) for _ in range(2))
        image = np.hypot(image + real, imaginary)
    if skull_stripped:
        image[~head.brain] = 0
    return np.asarray(image, np.float32)


def slices(volume: NDArray[np.generic], plane: str) -> NDArray[np.generic]:
    """Cut a RAS volume into slices in display orientation.

    Axial: anterior up, the patient's right on the left (radiological). Coronal: superior up, right on the left.
    Sagittal: superior up, anterior on the left.

    Parameters
    ----------
    volume : ndarray, shape (nx, ny, nz)
    plane : {'axial', 'coronal', 'sagittal'}

    Returns
    -------
    ndarray, shape (slices, rows, columns)
        A view. Slices run from inferior to superior, posterior to anterior, left to right.

    Raises
    ------
    UsageError
        If `plane` is unknown.
    """
    if plane not in PLANES:
        raise UsageError(f"plane: expected one of {', '.join(PLANES)}, got {plane!r}")
    axis = 2 - PLANES.index(plane)
    return np.moveaxis(volume, axis, 0).swapaxes(1, 2)[:, ::-1, ::-1]
