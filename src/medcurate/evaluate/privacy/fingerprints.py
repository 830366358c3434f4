"""Small pictures, and the few numbers by which those that look alike are found among many.

The numbers are the lowest frequencies of the cosine transform. In this basis a mirrored or turned image has the same
numbers with other signs or places, so that one list of training images is searched in eight views at the cost of
eight matrix products, and nothing is turned.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import pixel_batches
from medcurate.encoders.resize import resized

SIDE = 64
"""Width and height at which images are compared (pixels)."""
FREQUENCIES = 16
"""Of each axis, the lowest ones: what is finer does not help to find a candidate."""
VECTOR_SIDE = 32
"""Width and height at which correlations and distances are measured (pixels)."""

CHANGES = (
    "as it is",
    "mirrored left to right",
    "mirrored upside down",
    "turned by 180 degrees",
    "mirrored along the diagonal",
    "turned by 90 degrees",
    "turned by 270 degrees",
    "mirrored along the other diagonal",
)
"""What a view does to an image; its number is the place in this list."""

_FLAT = 2.0  # standard deviation of gray values below which an image shows nothing
_HEAD = 0.94  # of the square that the content fills in a framed picture

Images = NDArray[np.uint8]
Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """What is kept of each image of a dataset.

    Attributes
    ----------
    thumbnails : ndarray of uint8, shape (n, 64, 64)
        On disk, in a file without a name that vanishes with the process.
    plain, framed : ndarray of float32, shape (n, 16, 16)
        Lowest frequencies of the picture as it is, and of its content centered and scaled to one size; without the
        mean, and of length 1. Zero for a picture that shows nothing.
    vectors : ndarray of float32, shape (n, 1024)
        The picture at 32 x 32 pixels, without its mean and of length 1: the product of two is their correlation.
        Zero for a picture that shows nothing.
    shows : ndarray of bool, shape (n,)
        Whether the picture shows anything.
    """

    thumbnails: Images
    plain: Table
    framed: Table
    vectors: Table
    shows: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.plain)

    def take(self, rows: NDArray[np.int64]) -> Fingerprints:
        """Return those of some images."""
        return Fingerprints(
            self.thumbnails[rows], self.plain[rows], self.framed[rows], self.vectors[rows], self.shows[rows]
        )


def fingerprints(dataset: Dataset, size: int = SIDE, advance: Callable[[int], object] | None = None) -> Fingerprints:
    """Read the images of a dataset once, and keep what the tests need.

    Parameters
    ----------
    size : int
        Pixels to which images are scaled first, if fewer than 64: both sides of a comparison have to lose the same.
    advance : callable, optional
        Told how many images were read.
    """
    n = len(dataset)
    shape = (max(n, 1), SIDE, SIDE)
    with tempfile.TemporaryFile() as file:
        thumbnails: Images = np.memmap(file, np.uint8, "w+", shape=shape)[:n]
    found = _empty(thumbnails)
    at = 0
    for images in pixel_batches(dataset, min(size, SIDE)):
        _fill(found, slice(at, at + len(images)), images)
        at += len(images)
        if advance is not None:
            advance(len(images))
    return found


def fingerprints_of(images: Images) -> Fingerprints:
    """Return the fingerprints of images in memory, uint8 of shape (n, height, width), one or more."""
    found = _empty(np.empty((len(images), SIDE, SIDE), np.uint8))
    _fill(found, slice(0, len(images)), images)
    return found


def _empty(thumbnails: Images) -> Fingerprints:
    n = len(thumbnails)
    plain, framed_ones = np.empty((2, n, FREQUENCIES, FREQUENCIES), np.float32)
    return Fingerprints(thumbnails, plain, framed_ones, np.empty((n, VECTOR_SIDE**2), np.float32), np.empty(n, bool))


def _fill(found: Fingerprints, rows: slice, images: Images) -> None:
    small = np.stack([resized(image, SIDE, SIDE) for image in images])
    shows = small.reshape(len(small), -1).std(axis=1) >= _FLAT
    found.thumbnails[rows] = small
    found.shows[rows] = shows
    found.plain[rows] = low_frequencies(small) * shows[:, None, None]
    found.framed[rows] = low_frequencies(np.stack([framed(image) for image in small])) * shows[:, None, None]
    found.vectors[rows] = _vectors(small) * shows[:, None]


def low_frequencies(images: Images) -> Table:
    """Return the lowest frequencies of images of shape (n, 64, 64): shape (n, 16, 16), each of length 1."""
    basis = _cosines(SIDE, FREQUENCIES)
    found = np.asarray(basis @ images.astype(np.float32) @ basis.T, np.float32)
    found[:, 0, 0] = 0
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=(1, 2), keepdims=True), 1e-3), np.float32)


def in_view(frequencies: Table, view: int) -> Table:
    """Return the frequencies of the same images, each in a view; see `CHANGES` and `turn`."""
    turned = frequencies.transpose(0, 2, 1) if view & 4 else frequencies
    signs = (-1.0) ** np.arange(frequencies.shape[1], dtype=np.float32)
    if view & 2:
        turned = turned * signs[:, None]
    if view & 1:
        turned = turned * signs
    return turned


def turn(image: NDArray[np.generic], view: int) -> NDArray[np.generic]:
    """Return an image in a view; see `CHANGES`."""
    turned = image.T if view & 4 else image
    return np.ascontiguousarray(turned[:: -1 if view & 2 else 1, :: -1 if view & 1 else 1])


def framed(image: Images) -> Images:
    """Return an image with its content, what is brighter than the background, centered and scaled to one size."""
    soft = cv2.GaussianBlur(image, (0, 0), 1.5).astype(np.float32)
    low, high = np.percentile(soft, (2, 99))
    bright = soft > low + 0.2 * (high - low)
    rows, columns = (np.flatnonzero(bright.mean(axis=axis) > 0.03) for axis in (1, 0))
    if min(len(rows), len(columns)) < len(image) // 8:
        return image
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = len(image)
    scale = _HEAD * side / max(bottom - top, right - left)
    shift = [side / 2 - scale * (left + right) / 2, side / 2 - scale * (top + bottom) / 2]
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR), np.uint8)


def _vectors(images: Images) -> Table:
    step = SIDE // VECTOR_SIDE
    parts = images.reshape(len(images), VECTOR_SIDE, step, VECTOR_SIDE, step).astype(np.float32)
    found = parts.mean(axis=(2, 4)).reshape(len(images), VECTOR_SIDE**2)
    found -= found.mean(axis=1, keepdims=True)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-3), np.float32)


def _cosines(side: int, frequencies: int) -> Table:
    """Return the rows of the orthonormal cosine transform (type II) of the lowest frequencies."""
    places = (2 * np.arange(side) + 1) * (np.pi / (2 * side))
    basis = np.sqrt(2 / side) * np.cos(np.arange(frequencies)[:, None] * places)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis, np.float32)
