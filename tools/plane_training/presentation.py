"""Random changes of a slice by export software: cropping, windowing, text, compression, rotation."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from tools.plane_training.fields import Image
from tools.plane_training.sampling import SIZE

Gray = NDArray[np.uint8]

_MIN_SIDE = 60  # least number of pixels after a crop
_SIDES = ("top", "bottom", "left", "right")
_SIDE_SHARES = (0.1, 0.5, 0.2, 0.2)  # fields of view end at the neck more often than at the vertex
_LETTERS = tuple("ABCDEFGHR LMP0123456789.")

_MAX_LOST = 0.5
_SLANT_DEG = 8.0  # of a field of view relative to the head

_CUT_SHARE = 0.42
_ZOOM_SHARE = 0.2
_BORDER_SHARE = 0.15
_TEXT_SHARE = 0.08
_JPEG_SHARE = 0.4
_TILT_SHARE = 0.07
_MIRROR_SHARE = 0.5  # radiological and neurological convention, and noses to either side
_QUARTER_TURN_SHARE = 0.17  # of 90, 180 or 270 degrees: arrays written without their orientation
_UPSIDE_DOWN_SHARE = 0.05


def cut_side(rng: np.random.Generator, image: Image) -> Image:
    """Remove up to half of the image at one side: by cropping, or by black beyond a possibly slanted line."""
    side = str(rng.choice(_SIDES, p=_SIDE_SHARES))
    lost = int(rng.uniform(0, _MAX_LOST) * SIZE)
    height, width = image.shape
    inside = {
        "top": np.s_[lost:, :],
        "bottom": np.s_[: max(height - lost, 0), :],
        "left": np.s_[:, lost:],
        "right": np.s_[:, : max(width - lost, 0)],
    }[side]
    if rng.random() < 0.5:
        slant = np.tan(np.deg2rad(rng.normal(0, _SLANT_DEG)))
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        across, depth = {
            "top": (columns - width / 2, rows),
            "bottom": (columns - width / 2, height - 1 - rows),
            "left": (rows - height / 2, columns),
            "right": (rows - height / 2, width - 1 - columns),
        }[side]
        return np.where(depth + slant * across >= lost, image, np.float32(0))
    return image[inside] if min(height, width) - lost > _MIN_SIDE else image


def zoom(rng: np.random.Generator, image: Image) -> Image:
    """Crop up to 18 % at all sides: the head no longer fits in."""
    height, width = image.shape
    rows, columns = int(rng.uniform(0, 0.18) * height), int(rng.uniform(0, 0.18) * width)
    return image[rows : height - rows, columns : width - columns]


def window(rng: np.random.Generator, image: Image) -> Gray:
    """Stretch between random percentiles and apply a gamma: from float to display values, uint8."""
    low, high = np.percentile(image, [rng.uniform(0, 2), rng.uniform(97, 100)])
    stretched = np.clip((image - low) / max(float(high - low), 1e-6), 0, 1)
    return np.asarray(stretched ** np.exp(rng.normal(0, 0.2)) * 255, np.uint8)


def add_border(rng: np.random.Generator, pixels: Gray) -> Gray:
    """Pad with black, differently at each side."""
    top, bottom, left, right = rng.integers(0, 30, 4).tolist()
    return np.asarray(cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=0), np.uint8)


def write_text(rng: np.random.Generator, pixels: Gray) -> Gray:
    """Write up to four short words, as consoles do."""
    out = np.ascontiguousarray(pixels).copy()
    for _ in range(int(rng.integers(1, 5))):
        word = "".join(rng.choice(_LETTERS, int(rng.integers(1, 8))))
        start = (int(rng.integers(0, out.shape[1])), int(rng.integers(8, max(out.shape[0], 9))))
        gray = int(rng.integers(150, 256))
        cv2.putText(out, word, start, cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.25, 0.5), (gray,), 1)
    return out


def compress(rng: np.random.Generator, pixels: Gray) -> Gray:
    """Write and read as JPEG of quality 25 to 89."""
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def tilt(rng: np.random.Generator, pixels: Gray) -> Gray:
    """Rotate by a random angle (standard deviation 22 degrees)."""
    height, width = pixels.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 22), rng.uniform(0.8, 1))
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height)), np.uint8)


def reorient(rng: np.random.Generator, pixels: Gray) -> Gray:
    """Mirror half of the images, rotate a quarter by 90, 180 or 270 degrees, flip some upside down."""
    if rng.random() < _MIRROR_SHARE:
        pixels = pixels[:, ::-1]
    if rng.random() < _QUARTER_TURN_SHARE:
        pixels = np.rot90(pixels, int(rng.integers(1, 4)))
    if rng.random() < _UPSIDE_DOWN_SHARE:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


GRAY_STEPS: dict[str, tuple[float, Callable[[np.random.Generator, Gray], Gray]]] = {
    "border": (_BORDER_SHARE, add_border),
    "text": (_TEXT_SHARE, write_text),
    "jpeg": (_JPEG_SHARE, compress),
    "tilt": (_TILT_SHARE, tilt),
    "reorient": (1.0, reorient),
}
"""Steps after windowing, in order, with the fraction of images that they affect."""


def present(rng: np.random.Generator, image: Image, *, written_on: bool = True) -> Gray:
    """Convert a slice to an 8-bit image as found in folders.

    Parameters
    ----------
    image : ndarray of float32, shape (h, w)
    written_on : bool
        Whether text may be burned in.

    Returns
    -------
    ndarray of uint8, shape (h, w)
        Sides of about 40 to 190 pixels.
    """
    if rng.random() < _CUT_SHARE:
        for _ in range(int(rng.integers(1, 3))):
            image = cut_side(rng, image)
    if rng.random() < _ZOOM_SHARE:
        image = zoom(rng, image)
    pixels = window(rng, image)
    for share, step in GRAY_STEPS.values():
        if rng.random() < share and (written_on or step is not write_text):
            pixels = step(rng, pixels)
    return pixels
