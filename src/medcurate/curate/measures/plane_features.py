"""Features of one slice for plane classification.

An image is first normalized (stretched between two quantiles, cropped to its foreground, centered on a black square),
so that scanner, zoom and margin have little influence. It is then described by histograms of oriented gradients (Dalal
and Triggs, 2005) at two scales, by its coarse gray values and by its silhouette. A linear map, learned once from the
training slices of the bundled model (principal components), reduces this to `N_FEATURES` numbers.

`describe` works on one image, `reduce` on many at once: the map is a matrix product, which is cheap only in batches.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.pictures import centered

SIDE = 64
N_RAW = 1764 + 324 + 256 + 256
N_FEATURES = 256
BASIS = "plane_basis.npz"
TURNS = "plane_turns.npz"

_ENOUGH = 192  # longer side (pixels), of which the foreground may be half
_MARGIN = 0.04
_LOW, _HIGH = 0.02, 0.99
_FOREGROUND = 30
_COARSE_WEIGHT = 0.3 / 255


def normalize(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Normalize one gray image for feature extraction.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
        Gray image of any real dtype; finite.

    Returns
    -------
    ndarray of uint8, shape (64, 64)
        The foreground, stretched to [0, 255], on a black square; all zeros if the image is constant.
    """
    stretched = stretch(shrink(pixels))
    if stretched is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    cropped = stretched[foreground(stretched)]
    height, width = cropped.shape
    scale = SIDE * (1 - 2 * _MARGIN) / max(height, width)
    new_height, new_width = max(1, round(height * scale)), max(1, round(width * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return centered(np.asarray(cv2.resize(cropped, (new_width, new_height), interpolation=method), np.uint8), SIDE)


def describe(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Describe one gray image, shape ``(N_RAW,)``; zeros if it is constant.

    Parameters
    ----------
    pixels : ndarray, shape (height, width)
        Gray image of any real dtype; finite.
    """
    fine = normalize(pixels)
    coarse = cv2.resize(fine, (32, 32), interpolation=cv2.INTER_AREA)
    gray = cv2.resize(coarse, (16, 16), interpolation=cv2.INTER_AREA)
    silhouette = cv2.resize(_above(fine, _FOREGROUND), (16, 16), interpolation=cv2.INTER_AREA)
    return np.concatenate(
        [
            np.asarray(_gradients(64).compute(fine)).ravel(),
            np.asarray(_gradients(32).compute(cv2.blur(coarse, (3, 3)))).ravel(),
            gray.ravel() * np.float32(_COARSE_WEIGHT),
            silhouette.ravel() * np.float32(_COARSE_WEIGHT),
        ]
    ).astype(np.float32, copy=False)


def reduce(raw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Reduce descriptions to features.

    Parameters
    ----------
    raw : ndarray, shape (n, N_RAW)
        Stacked results of `describe`.

    Returns
    -------
    ndarray of float32, shape (n, N_FEATURES)
    """
    # In single precision the last digits of a product depend on the position of a row in the batch.
    mean, components = basis()
    return np.asarray((raw - mean) @ components, np.float32)


def extract(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return the features of one gray image, shape ``(N_FEATURES,)``."""
    return np.asarray(reduce(describe(pixels)[None])[0], np.float32)


@cache
def basis() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Load the mean, shape ``(N_RAW,)``, and the principal components, shape ``(N_RAW, N_FEATURES)``."""
    with (
        files("medcurate.curate.measures").joinpath(BASIS).open("rb") as stream,
        np.load(stream, allow_pickle=False) as stored,
    ):
        return stored["mean"].astype(np.float64), stored["components"].astype(np.float64)


def turn(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate the features of the same images rotated by 90, 180 and 270 degrees, counter-clockwise.

    Parameters
    ----------
    features : ndarray, shape (n, N_FEATURES)

    Returns
    -------
    ndarray of float32, shape (3, n, N_FEATURES)
        By linear maps, which explain 95 % of the variance, without reading the images again.
    """
    maps = _turns()
    return np.asarray(features, np.float32) @ maps[:, :-1] + maps[:, -1:]


@cache
def _turns() -> NDArray[np.float32]:
    with (
        files("medcurate.curate.measures").joinpath(TURNS).open("rb") as stream,
        np.load(stream, allow_pickle=False) as stored,
    ):
        return np.asarray(stored["maps"], np.float32)


@cache
def version() -> str:
    """Return the version of the features; features of different versions must not be mixed."""
    from hashlib import sha256

    content = files("medcurate.curate.measures").joinpath(BASIS).read_bytes()
    return f"hog64-{sha256(content).hexdigest()[:12]}"


@cache
def _gradients(side: int) -> cv2.HOGDescriptor:
    """Histograms of oriented gradients: cells of 8 pixels, blocks of 2 x 2 cells, 9 unsigned directions."""
    return cv2.HOGDescriptor((side, side), (16, 16), (8, 8), (8, 8), 9)


def _above(pixels: NDArray[Any], level: float) -> NDArray[np.uint8]:
    """Return 255 where a uint8 image is above the level, else 0."""
    return np.asarray(cv2.threshold(pixels, level, 255, cv2.THRESH_BINARY)[1], np.uint8)


def shrink(pixels: NDArray[Any]) -> NDArray[Any]:
    """Halve until the longer side is below `_ENOUGH`; only averaging by two is fast on all machines."""
    if pixels.dtype not in (np.uint8, np.uint16, np.int16, np.float32):
        pixels = pixels.astype(np.float32)
    while max(pixels.shape) >= _ENOUGH and min(pixels.shape) >= 2:
        height, width = pixels.shape
        pixels = cv2.resize(
            pixels[: height & ~1, : width & ~1], (width // 2, height // 2), interpolation=cv2.INTER_AREA
        )
    return pixels


def stretch(pixels: NDArray[Any]) -> NDArray[np.uint8] | None:
    """Map the 2 % and 99 % quantiles to 0 and 255; None for a constant image."""
    if pixels.dtype == np.uint8:
        counts = np.bincount(pixels[::2, ::2].ravel(), minlength=256).cumsum()
        low = int(np.searchsorted(counts, _LOW * counts[-1]))
        high = int(np.searchsorted(counts, _HIGH * counts[-1]))
        if high <= low:
            low, high = int(pixels.min()), int(pixels.max())
            if high <= low:
                return None
        table = np.clip((np.arange(256) - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(pixels, table), np.uint8)
    low_value, high_value = np.quantile(pixels[::2, ::2], [_LOW, _HIGH])
    if high_value <= low_value:
        low_value, high_value = pixels.min(), pixels.max()
        if high_value <= low_value:
            return None
    scaled = (pixels.astype(np.float64) - float(low_value)) * (255.0 / (float(high_value) - float(low_value)))
    return np.clip(scaled, 0, 255).astype(np.uint8)


def foreground(pixels: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Find the rows and columns of the subject, with more than a few bright pixels each."""
    smooth = cv2.blur(pixels, (5, 5))
    otsu, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = _above(smooth, max(_FOREGROUND, 0.35 * otsu))
    found = []
    for axis, across in ((1, pixels.shape[1]), (0, pixels.shape[0])):
        bright = cv2.reduce(mask, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
        lines = np.flatnonzero(bright > 255 * max(2.0, 0.03 * across))
        found.append(slice(int(lines[0]), int(lines[-1]) + 1) if len(lines) > 8 else slice(None))
    rows, columns = found
    if rows == slice(None) or columns == slice(None):
        return slice(None), slice(None)
    return rows, columns
