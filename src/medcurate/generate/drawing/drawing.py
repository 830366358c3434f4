"""Draw images with a sampler, compiled once, always the same number at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.generate.drawing.quantization import decoded
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.sampler import Sampler

Arrays = Mapping[str, NDArray[Any]]


def chunk_of(spec: ImageSpec) -> int:
    """Return how many images are drawn at a time: 16 slices, or one volume."""
    return 16 if len(spec.spatial) == 2 else 1


class Drawing:
    """Draws with the networks of a sampler; their weights may change between two calls.

    Images are drawn in chunks of one size, and each image has its place in a chunk: sums are then rounded in the same
    way whatever else is drawn, and the function is compiled once.

    Parameters
    ----------
    sampler : Sampler
        Its networks are used, not copied.
    spec : ImageSpec
        What it draws.
    """

    def __init__(self, sampler: Sampler, spec: ImageSpec) -> None:
        self._shape = (*spec.spatial, spec.target)
        self._model = _as_model(sampler)
        self.chunk = chunk_of(spec)

    def __call__(self, arrays: Arrays, n: int) -> NDArray[np.float32]:
        """Draw `n` images.

        Parameters
        ----------
        arrays : mapping of str to ndarray, shape (n, ...)
            What the sampler needs and reads; unsigned integers are images and become numbers in [-1, 1].
        n : int
            0 or more.

        Returns
        -------
        ndarray of float32, shape (n, *spatial, channels)
        """
        parts = [self._draw({name: array[k : k + self.chunk] for name, array in arrays.items()}, min(self.chunk, n - k))
                 for k in range(0, n, self.chunk)]  # fmt: skip
        return np.concatenate(parts) if parts else np.zeros((0, *self._shape), np.float32)

    def _draw(self, arrays: Arrays, n: int) -> NDArray[np.float32]:
        whole = {name: spread(array, 0, self.chunk) for name, array in decoded(arrays).items()}
        return np.asarray(self._model.predict_on_batch(whole), np.float32)[:n]


def spread(array: NDArray[Any], first: int, length: int) -> NDArray[Any]:
    """Put an array at place `first` of one that is `length` long, with zeros elsewhere."""
    if first == 0 and len(array) == length:
        return array
    room = np.zeros((length, *array.shape[1:]), array.dtype)
    room[first : first + len(array)] = array
    return room


def _as_model(sampler: Sampler) -> Any:
    """Wrap a sampler in a Keras model, which every backend compiles."""
    import keras

    class DrawingModel(keras.Model):
        """Calls the sampler."""

        def __init__(self) -> None:
            super().__init__()
            self.kept = list(sampler.networks.values())
            self.built = True

        def call(self, batch: Mapping[str, Any]) -> Any:
            return sampler.draw(sampler.networks, batch)

    return DrawingModel()
