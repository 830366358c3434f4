"""How a slice becomes a picture as `homogenize` would leave it: cropped, centered in a square, stretched, 8 bits.

What differs between scanners and between datasets is drawn at random: margins, tilt, the lower end of the field of
view, thickness, blur, noise, gray levels, and the brightness of what lies near the coils.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.phantom.fields import Array

_DARKEST, _BRIGHTEST = 0.5, 99.5  # percentiles, as of homogenize
_COIL_PX = 7.0  # depth at which the coil's extra brightness has fallen to 1/e, of 128 pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one picture is prepared.

    Attributes
    ----------
    margin : float
        Around the head, as a share of its longer side.
    tilt_deg : float
        In the plane of the slice.
    shift : tuple of 2 floats
        Off the middle (across, down), as a share of the side.
    thickness : int
        Voxels that the slice is the mean of.
    low_mm : float
        Lower end of the field of view of coronal and sagittal slices (mm, superior).
    coil : float
        How much brighter skin is than the middle of the head; 0 for not at all.
    blur_px : float
        Standard deviation of a Gaussian, of 128 pixels.
    noise : float
        Standard deviation of Rician noise, as a share of the brightest.
    gamma : float
        Exponent of gray values in [0, 1].
    """

    margin: float
    tilt_deg: float
    shift: tuple[float, float]
    thickness: int
    low_mm: float
    coil: float
    blur_px: float
    noise: float
    gamma: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Look:
        """Draw a look."""
        return cls(
            margin=0.05 if rng.random() < 0.5 else rng.uniform(0.0, 0.12),
            tilt_deg=rng.normal(0, 3.0),
            shift=(rng.normal(0, 0.008), rng.normal(0, 0.008)),
            thickness=int(rng.choice((1, 2, 3))),
            low_mm=rng.uniform(-150, -75),
            coil=max(0.0, rng.uniform(-0.5, 1.5)),
            blur_px=max(0.0, rng.uniform(-0.5, 0.9)),
            noise=rng.uniform(0, 0.025),
            gamma=float(np.exp(rng.normal(0.12, 0.25))),
        )


def prepared(
    slab: Array,
    shown: NDArray[np.bool_],
    view: NDArray[np.bool_],
    look: Look,
    size: int,
    rng: np.random.Generator,
) -> Array:
    """Return the picture of a slice.

    Parameters
    ----------
    slab : ndarray, shape (rows, columns)
        The image; non-negative.
    shown : ndarray of bool, of the same shape
        The head, or the brain alone.
    view : ndarray of bool, of the same shape
        What of it the picture is cropped to.
    size : int
        Width and height of the picture (pixels).
    rng : Generator
        Of the noise.

    Returns
    -------
    ndarray of float32, shape (size, size)
        In [0, 1].
    """
    matrix = _matrix(view, look, size)
    picture = cv2.warpAffine(slab, matrix, (size, size), flags=cv2.INTER_CUBIC)
    inside = cv2.warpAffine(shown.astype(np.float32), matrix, (size, size), flags=cv2.INTER_LINEAR)
    picture = np.maximum(np.asarray(picture, np.float32), 0)
    scale = size / 128
    if look.coil:
        depth = np.asarray(cv2.distanceTransform((inside > 0.5).astype(np.uint8), cv2.DIST_L2, 5))
        picture = picture * (1 + np.float32(look.coil) * np.exp(-depth / np.float32(_COIL_PX * scale)))
    if look.blur_px:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), look.blur_px * scale))
    real, imaginary = rng.standard_normal((2, size, size), np.float32) * np.float32(look.noise * picture.max())
    return _stretched(np.hypot(picture + real, imaginary)) ** np.float32(look.gamma)


def mask_of(part: NDArray[np.bool_], view: NDArray[np.bool_], look: Look, size: int) -> NDArray[np.bool_]:
    """Return which pixels of the picture of a slice are in a part of it; parameters as in `prepared`."""
    found = cv2.warpAffine(part.astype(np.float32), _matrix(view, look, size), (size, size), flags=cv2.INTER_LINEAR)
    return np.asarray(found) > 0.5


def _matrix(view: NDArray[np.bool_], look: Look, size: int) -> NDArray[np.float64]:
    """Map the pixels of a slice to those of its picture: the box around what is in view fits with its margin."""
    rows, columns = np.flatnonzero(view.any(axis=1)), np.flatnonzero(view.any(axis=0))
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    scale = size / (max(height, width) * (1 + 2 * look.margin))
    middle = ((columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2)
    matrix = cv2.getRotationMatrix2D(middle, look.tilt_deg, scale)
    matrix[:, 2] += (size - 1) / 2 - np.array(middle) + size * np.array(look.shift)
    return np.asarray(matrix)


def _stretched(picture: Array) -> Array:
    low, high = np.percentile(picture, (_DARKEST, _BRIGHTEST))
    return np.asarray(np.clip((picture - np.float32(low)) / np.float32(max(high - low, 1e-6)), 0, 1), np.float32)
