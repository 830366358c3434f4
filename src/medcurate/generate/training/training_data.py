"""The images that a generator learns from: the training split, read once, in memory or on disk when they outgrow it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.dataset import Dataset
from medcurate.errors import NothingUsable, UsageError
from medcurate.run_folder import output_errors

IN_MEMORY_BYTES = 2**30
"""Larger sets lie in a file that the system pages in and out."""

_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """What a training reads.

    Attributes
    ----------
    images : ndarray of uint8 or uint16, shape (n, size, size, channels)
    labels : ndarray of float32, shape (n, classes)
        One-hot, the conditions one after the other; a condition that is not known of an image is all zeros.
    classes : dict of str to tuple of str
        Condition to its values, in the order of `labels`.
    ids : tuple of str
        Of what was read: as many an image as it has channels.
    digest : str
        SHA-256 of ids, labels and pixels: it changes when anything that training sees does.
    attributes : tuple of str
        None are read.
    """

    images: NDArray[Any]
    labels: NDArray[np.float32]
    classes: dict[str, tuple[str, ...]]
    ids: tuple[str, ...]
    digest: str
    attributes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """What players read."""
        return {"target": self.images, "labels": self.labels}


def read_training_data(
    dataset: Dataset,
    *,
    size: int,
    condition: tuple[str, ...] = (),
    channels: int = 1,
    cache: Path | None = None,
) -> TrainingData:
    """Read every image of `dataset`, scaled to fit a square.

    Parameters
    ----------
    dataset : Dataset
        Its training split, chosen by the caller.
    size : int
        Pixels.
    condition : tuple of {'tumor', 'plane'}
    channels : int
        So many images, one after the other, make one of so many channels; see `contrast_stacks`.
    cache : Path, optional
        Where to keep pixels that outgrow memory.

    Raises
    ------
    NothingUsable
        There is no image.
    UsageError
        An image cannot be read, a condition has only one value, or the last image lacks a channel.
    """
    if not len(dataset):
        raise NothingUsable(f"{dataset.folder}: no image to train on; see its catalogue for the splits it has")
    if len(dataset) % channels:
        raise UsageError(f"expected a multiple of {channels} images, received {len(dataset):,}")
    classes = {name: _values(dataset, name) for name in condition}
    labels = [np.zeros((len(dataset), 0), np.float32), *(_one_hot(dataset, name, classes[name]) for name in condition)]
    of_stacks = np.concatenate(labels, 1)[::channels]
    images: NDArray[Any] | None = None
    total, done = hashlib.sha256(), 0
    for batch in dataset.batches(max(1, _BATCH // channels) * channels, size=size):
        if images is None:
            images = _room((len(of_stacks), size, size, channels), batch.images.dtype, cache)
        stacks = batch.images.reshape(-1, channels, size, size)
        images[done : done + len(stacks)] = stacks.transpose(0, 2, 3, 1)
        total.update(np.ascontiguousarray(batch.images).tobytes())
        done += len(stacks)
    if images is None:
        raise NothingUsable(f"{dataset.folder}: no image to train on")
    total.update("\n".join(dataset.ids).encode())
    total.update(repr(classes).encode() + of_stacks.tobytes())
    return TrainingData(images, of_stacks, classes, dataset.ids, total.hexdigest())


def _values(dataset: Dataset, name: str) -> tuple[str, ...]:
    """Return the values that this part of the dataset has."""
    everywhere, labels = dataset.classes(name), dataset.labels(name)
    found = tuple(everywhere[k] for k in sorted(set(labels.tolist()) - {-1}))
    if len(found) < 2:
        raise UsageError(
            f"--condition {name}: expected images of two {name}s or more, received {', '.join(found) or 'none'}; "
            "leave the option out"
        )
    return found


def _one_hot(dataset: Dataset, name: str, values: tuple[str, ...]) -> NDArray[np.float32]:
    everywhere = (*dataset.classes(name), None)
    numbers = [everywhere[k] for k in dataset.labels(name).tolist()]
    return np.array([[number == value for value in values] for number in numbers], np.float32)


def _room(shape: tuple[int, ...], dtype: Any, cache: Path | None) -> NDArray[Any]:
    if cache is None or np.prod(shape) * np.dtype(dtype).itemsize <= IN_MEMORY_BYTES:
        return np.zeros(shape, dtype)
    with output_errors(cache):
        cache.parent.mkdir(parents=True, exist_ok=True)
        return np.memmap(cache, dtype, "w+", shape=shape)
