"""The interface of encoders, and the encoding of a whole dataset."""

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
    """Consecutive features of one kind and unit.

    Attributes
    ----------
    width : int
        Number of features.
    axes : int or None
        Number of principal axes of the real images to which the block is reduced; None keeps every feature, divided by
        its standard deviation among the real images.
    """

    name: str
    width: int
    axes: int | None


class Encoder(Protocol):
    """Turns images into features.

    Attributes
    ----------
    name : str
        Full name, with resize mode and intensity range; results are comparable if the names are equal.
    blocks : tuple of Block
        Blocks for `fit_scale`, which brings features of different units to one scale; empty if they are comparable.
    """

    @property
    def name(self) -> str:
        """Full name."""
        ...

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Blocks of features."""
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
    """Return the features of all images of a dataset, in order; the pixels are read in batches.

    Parameters
    ----------
    size : int
        Side of the square (pixels) that images are scaled to fit, before the encoder scales them to its own size.
    batch : int
        Number of images per batch.
    progress : callable, optional
        Called with the number of images encoded since the last call.

    Returns
    -------
    ndarray of float32, shape (n, d)

    Raises
    ------
    UsageError
        If there is no image, or one cannot be read.
    """
    parts = []
    for images in pixel_batches(dataset, size, batch):
        parts.append(encoder.encode(images))
        if progress is not None:
            progress(len(images))
    if not parts:
        raise UsageError(f"{dataset.folder}: expected images to encode, received a dataset without images")
    return np.concatenate(parts)


def check_images(images: Images) -> None:
    """Raise unless the images are gray with 8 bits.

    Raises
    ------
    UsageError
    """
    if images.ndim != 3 or images.dtype != np.uint8 or not images.size:
        raise UsageError(f"images: expected uint8 of shape (n, height, width), received {images.dtype} {images.shape}")
