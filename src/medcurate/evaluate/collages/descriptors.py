"""The few numbers by which a window is searched among all windows of the training images.

They are the lowest frequencies of the cosine transform of a window, without the mean and of length 1, so that gain and
offset do not count. A window of a generated image is described in six views, mirrored and turned, and training images
as they are: what was done to a piece is undone on the side that has fewer windows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from medcurate.evaluate.collages.sampling import DOWN, RIGHT, sampled
from medcurate.evaluate.collages.windows import SIDE, WINDOW, Bands, Floats, Windows

STRIDE = 3
"""Distance between neighboring windows of a training image (pixels of 64)."""
VIEWS = tuple((mirrored, angle) for mirrored in (False, True) for angle in (-8.0, 0.0, 8.0))
"""Whether a window is mirrored left to right, and by how many degrees it is turned."""
FREQUENCIES = 6
"""Of each axis."""
LENGTH = FREQUENCIES**2 - 1
PLACES = np.arange(0, SIDE - WINDOW + 1, STRIDE)
"""First row, or column, of the windows of a training image."""


def _cosines() -> Floats:
    places = (2 * np.arange(WINDOW) + 1) * (np.pi / (2 * WINDOW))
    basis = np.sqrt(2 / WINDOW) * np.cos(np.arange(FREQUENCIES)[:, None] * places)
    return np.asarray(basis, np.float32)


_BASIS = _cosines()
_ROW, _COLUMN = (each.ravel()[1:] for each in np.indices((FREQUENCIES, FREQUENCIES)))
_WINDOW_BASIS = (_BASIS[_ROW][:, :, None] * _BASIS[_COLUMN][:, None, :]).reshape(LENGTH, -1)
_WEIGHTS = np.sqrt(np.hypot(_ROW, _COLUMN)).astype(np.float32)  # amplitudes of natural images fall with frequency


def described_everywhere(pictures: Bands) -> Floats:
    """Describe the windows at `PLACES` of each picture.

    Returns
    -------
    ndarray of float32, shape (17, 17, n, 35)
        Rows, columns, pictures.
    """
    shifted = np.zeros((len(PLACES), FREQUENCIES, SIDE), np.float32)
    for number, place in enumerate(PLACES.tolist()):
        shifted[number, :, place : place + WINDOW] = _BASIS
    matrix = shifted.reshape(-1, SIDE)
    shape = (len(pictures), len(PLACES), FREQUENCIES, len(PLACES), FREQUENCIES)
    values = np.asarray(matrix @ pictures @ matrix.T, np.float32).reshape(shape).transpose(1, 3, 0, 2, 4)
    return _unit(values.reshape(len(PLACES), len(PLACES), len(pictures), -1)[..., 1:])


def described(pictures: Bands, windows: Windows) -> Iterator[Floats]:
    """Describe windows in each of `VIEWS`.

    Yields
    ------
    ndarray of float32, shape (n, 35)
    """
    for mirrored, degrees in VIEWS:
        right, down = turned(mirrored, degrees)
        values = sampled(pictures, windows.image, windows.y[:, None] + down, windows.x[:, None] + right)
        yield _unit(values @ _WINDOW_BASIS.T)


def turned(mirrored: bool, degrees: float) -> tuple[Floats, Floats]:
    """Return where each pixel of a window lies in a view, from the center: to the right, and down."""
    angle = np.deg2rad(degrees)
    right = np.cos(angle) * RIGHT - np.sin(angle) * DOWN
    down = np.sin(angle) * RIGHT + np.cos(angle) * DOWN
    return np.asarray(-right if mirrored else right, np.float32), np.asarray(down, np.float32)


def _unit(values: Floats) -> Floats:
    weighted = values * _WEIGHTS
    return np.asarray(weighted / np.maximum(np.linalg.norm(weighted, axis=-1, keepdims=True), 1e-6), np.float32)
