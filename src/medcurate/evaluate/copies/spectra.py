"""An image as few numbers: its lowest frequencies, those of each scale made equally strong.

Coarse structures are the strongest and the same in all heads. Once every ring of frequencies has the same power, two
heads have hardly more in common than noise has, and a copy still has nearly everything, also if it was blurred. In the
basis of the cosine transform a mirrored or turned image has the same numbers with other signs or places, so that one
list of images is searched in eight views without turning an image.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import pixel_batches

SIDE = 64
"""Largest width and height at which images are compared (pixels)."""
FREQUENCIES = 24
"""Frequencies of each axis, of images of 48 pixels and more; of smaller ones half of their width."""

_LEAST_POWER = 4.0  # of a frequency (gray values squared): weaker ones are rounding, and are not made stronger
_LEAST_VARIATION = 2.0  # standard deviation of gray values below which an image shows nothing

Images = NDArray[np.uint8]
Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """What is kept of each image.

    Attributes
    ----------
    values : ndarray of float32, shape (n, f, f)
        Lowest frequencies of the cosine transform, with the same power at each distance from the origin and without
        the mean; of length 1. Zero for an image that shows nothing.
    digests : ndarray of 16 bytes each, shape (n,)
        Digest of the gray values at the size of the comparison: equal images have equal digests.
    """

    values: Table
    digests: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.int64]) -> Spectra:
        """Return those of some images."""
        return Spectra(self.values[rows], self.digests[rows])


def read_spectra(dataset: Dataset, size: int, advance: Callable[[int], object] | None = None) -> Spectra:
    """Read the images of a dataset once.

    Parameters
    ----------
    size : int
        Width and height of the evaluation (pixels); images are compared at this size, at most at `SIDE`.
    advance : callable, optional
        Told how many images were read.

    Raises
    ------
    UsageError
        An image cannot be read.
    """
    return _joined(_batches(dataset, min(size, SIDE), advance), min(size, SIDE))


def spectra_of(images: Images) -> Spectra:
    """Return the spectra of images in memory, uint8 of shape (n, side, side)."""
    return _joined(iter([images] if len(images) else []), images.shape[1])


def _batches(dataset: Dataset, side: int, advance: Callable[[int], object] | None) -> Iterator[Images]:
    for images in pixel_batches(dataset, side):
        yield images
        if advance is not None:
            advance(len(images))


def _joined(batches: Iterator[Images], side: int) -> Spectra:
    basis = _cosines(side, min(FREQUENCIES, side // 2))
    values, digests = [np.empty((0, len(basis), len(basis)), np.float32)], []
    for images in batches:
        shows = images.reshape(len(images), -1).std(axis=1) >= _LEAST_VARIATION
        values.append(_even(basis @ images.astype(np.float32) @ basis.T) * shows[:, None, None])
        digests += [hashlib.sha256(image.tobytes()).digest()[:16] for image in images]
    return Spectra(np.concatenate(values), np.array(digests, "V16"))


def _even(found: Table) -> Table:
    """Divide each frequency by the root mean square of its ring, and each image by its length."""
    f = found.shape[1]
    ring = np.rint(np.hypot(*np.mgrid[:f, :f])).astype(np.int64)
    rings = np.eye(ring.max() + 1, dtype=np.float32)[ring.ravel()]
    power = np.square(found).reshape(len(found), -1) @ rings / rings.sum(axis=0)
    found = found / np.sqrt(power[:, ring] + _LEAST_POWER)
    found[:, 0, 0] = 0
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=(1, 2), keepdims=True), 1e-6), np.float32)


def _cosines(side: int, frequencies: int) -> Table:
    """Return the rows of the orthonormal cosine transform (type II) of the lowest frequencies."""
    places = (2 * np.arange(side) + 1) * (np.pi / (2 * side))
    basis = np.sqrt(2 / side) * np.cos(np.arange(frequencies)[:, None] * places)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis, np.float32)
