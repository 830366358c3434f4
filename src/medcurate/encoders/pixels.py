"""Pixels of a dataset as 8-bit squares of one size, the input of every part of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from medcurate.dataset import Dataset

BATCH = 64
"""Number of images read at a time."""


def pixel_batches(dataset: Dataset, size: int, n: int = BATCH) -> Iterator[NDArray[np.uint8]]:
    """Yield all images in order, `n` at a time, scaled to fit a square and centered on black.

    Images of 16 bits lose their lower eight bits, so that equal values give equal grays in all images.

    Parameters
    ----------
    size : int
        Width and height (pixels).

    Yields
    ------
    ndarray of uint8, shape (n or fewer, size, size)

    Raises
    ------
    UsageError
        An image cannot be read.
    """
    for batch in dataset.batches(n, size=size):
        yield to_uint8(batch.images)


def read_pixels(dataset: Dataset, size: int, rows: ArrayLike | None = None) -> NDArray[np.uint8]:
    """Read images into memory, in the order of `rows`; for a selection or a small dataset.

    Parameters
    ----------
    size : int
        Width and height (pixels).
    rows : array_like of int, optional
        Indices of images in the dataset, possibly repeated; all by default.

    Returns
    -------
    ndarray of uint8, shape (n, size, size)
    """
    if rows is not None:
        places = np.asarray(rows, np.int64)
        dataset = replace(dataset, rows=dataset.rows.take(pa.array(places)))
    found = np.empty((len(dataset), size, size), np.uint8)
    at = 0
    for images in pixel_batches(dataset, size):
        found[at : at + len(images)] = images
        at += len(images)
    return found


def to_uint8(images: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the higher eight bits of 16-bit images; 8-bit images are unchanged."""
    return (images >> 8).astype(np.uint8) if images.dtype == np.uint16 else images.astype(np.uint8, copy=False)
