"""What every encoder offers, and how a whole dataset goes through one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import BATCH, pixel_batches
from medcurate.errors import UsageError

Images = NDArray[np.uint8]


class Block(NamedTuple):
    """Neighboring features of one kind and unit.

    Attributes
    ----------
    width : int
        How many features.
    axes : int or None
        Principal axes of the real images that stand for the block; None keeps every feature, each divided by its
        deviation among the real images.
    """

    name: str
    width: int
    axes: int | None


class Encoder(Protocol):
    """Turns images into features.

    Attributes
    ----------
    name : str
        What it is, with resize mode and intensity range: two results are comparable where the names are equal.
    blocks : tuple of Block
        How `fit_scale` brings features of different units to one scale; empty where they are comparable as they are.
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Kinds of its features."""
        ...

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return the features, shape (n, d), of uint8 images, shape (n, height, width)."""
        ...


def encode_dataset(
    dataset: Dataset,
    encoder: Encoder,
    size: int,
    batch: int = BATCH,
    *,
    progress: Callable[[int], None] | None = None,
) -> NDArray[np.float32]:
    """Return the features of all images of a dataset, in order; the pixels are read as a stream.

    Parameters
    ----------
    size : int
        Images are scaled to fit a square of so many pixels, before the encoder scales them to its own.
    batch : int
        Images that are read at a time.
    progress : callable, optional
        Called with the number of images that were encoded since the last call.

    Returns
    -------
    ndarray of float32, shape (n, d)

    Raises
    ------
    UsageError
        There is no image, or one cannot be read.
    """
    parts = []
    for images in pixel_batches(dataset, size, batch):
        parts.append(encoder.encode(images))
        if progress is not None:
            progress(len(images))
    if not parts:
        raise UsageError(f"{dataset.folder}: expected images to encode, received a dataset without any")
    return np.concatenate(parts)


def check_images(images: Images) -> None:
    """Raise where something else than gray 8-bit images is to be encoded.

    Raises
    ------
    UsageError
    """
    if images.ndim != 3 or images.dtype != np.uint8 or not images.size:
        raise UsageError(f"images: expected uint8 of shape (n, height, width), received {images.dtype} {images.shape}")
