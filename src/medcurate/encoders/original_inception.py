"""The Inception-v3 of the original Fréchet inception distance (Heusel et al., 2017): TensorFlow's of 2015-12-05.

Published values use its weights (``classify_image_graph_def.pb`` of ``inception-2015-12-05.tgz``, Apache-2.0), its
network, whose last block takes a maximum where Keras' takes a mean, and its scaling of images, bilinear without
averaging and with the corners of TensorFlow 1. The weights are read from the graph; the graph itself is not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medcurate.encoders.encoder import Block, Images, check_images
from medcurate.encoders.graph_constants import read_constants
from medcurate.encoders.keras_network import digest, safe_keras
from medcurate.errors import UsageError

NAME = "inception-2015"
_SIDE = 299
_BATCH = 32
_A = ("conv", "tower/conv", "tower/conv_1", "tower_1/conv", "tower_1/conv_1", "tower_1/conv_2", "tower_2/conv")
_B = ("conv", "tower/conv", "tower/conv_1", "tower/conv_2")
_C = (*_B, *(f"tower_1/conv{end}" for end in ("", "_1", "_2", "_3", "_4")), "tower_2/conv")
_D = ("tower/conv", "tower/conv_1", *(f"tower_1/conv{end}" for end in ("", "_1", "_2", "_3")))
_E = (
    "conv", "tower/conv", "tower/mixed/conv", "tower/mixed/conv_1", "tower_1/conv", "tower_1/conv_1",
    "tower_1/mixed/conv", "tower_1/mixed/conv_1", "tower_2/conv",
)  # fmt: skip
_BLOCKS = (_A, _A, _A, _B, _C, _C, _C, _C, _D, _E, _E)
"""Convolutions of each block, in the order in which Keras' network makes them."""


class OriginalInception:
    """Features of the network before its last layer, averaged over the image.

    Parameters
    ----------
    given : str
        Path of ``classify_image_graph_def.pb``.

    Attributes
    ----------
    name : str
        Includes digits of the SHA-256 of the file.

    Raises
    ------
    UsageError
        The file is not this graph.
    MissingExtra
        Keras is not installed.
    """

    blocks: tuple[Block, ...] = ()

    def __init__(self, given: str) -> None:
        keras = safe_keras()
        path = Path(given)
        constants, scaled = read_constants(path)
        self._network = _network(keras)
        try:
            for name, convolution, normalization in zip(convolutions(), *_layers(keras, self._network), strict=True):
                kernel, mean = constants[f"{name}/conv2d_params"], constants[f"{name}/batchnorm/moving_mean"]
                if f"{name}/batchnorm" in scaled:
                    gamma = constants[f"{name}/batchnorm/gamma"]
                    kernel, mean = kernel * gamma, mean * gamma
                variance = constants[f"{name}/batchnorm/moving_variance"]
                convolution.set_weights([kernel])
                normalization.set_weights([constants[f"{name}/batchnorm/beta"], mean, variance])
        except (KeyError, ValueError) as error:
            raise UsageError(
                f"{path}: expected classify_image_graph_def.pb of inception-2015-12-05.tgz ({error!s:.200})"
            ) from error
        self.name = f"{NAME}[{digest(path)}, {_SIDE} px bilinear as in TensorFlow 1, (x - 128) / 128]"

    def encode(self, images: Images) -> NDArray[np.float32]:
        """Return features, float32 of shape (n, 2048), of uint8 images of shape (n, height, width)."""
        check_images(images)
        parts = []
        for at in range(0, len(images), _BATCH):
            scaled = (enlarged(images[at : at + _BATCH], _SIDE) - 128) / 128
            parts.append(np.asarray(self._network.predict_on_batch(np.repeat(scaled[..., None], 3, axis=3))))
        return np.concatenate(parts).astype(np.float32, copy=False)


def convolutions() -> Iterator[str]:
    """Yield the names of all convolutions of the graph, in the order in which Keras' network makes them."""
    yield from ("conv", "conv_1", "conv_2", "conv_3", "conv_4")
    for number, block in enumerate(_BLOCKS):
        yield from (f"mixed_{number}/{name}" if number else f"mixed/{name}" for name in block)


def enlarged(images: NDArray[Any], side: int) -> NDArray[np.float32]:
    """Scale images to a square of `side` pixels, bilinear; pixel k of n comes from place ``k * size / n``.

    Parameters
    ----------
    images : ndarray, shape (n, height, width)
    """
    found = images.astype(np.float32)
    for axis in (1, 2):
        size = found.shape[axis]
        place = np.arange(side, dtype=np.float32) * np.float32(size / side)
        low = np.floor(place).astype(np.int64)
        weight = (place - low).astype(np.float32).reshape((-1, 1) if axis == 1 else (-1,))
        first, second = (found.take(rows, axis=axis) for rows in (low, np.minimum(low + 1, size - 1)))
        found = first + (second - first) * weight
    return found


def _network(keras: Any) -> Any:
    """Return Keras' network with a maximum in the place of the mean of the last block."""
    made = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg", input_shape=(_SIDE, _SIDE, 3))
    means = [layer for layer in made.layers if isinstance(layer, keras.layers.AveragePooling2D)]
    last = max(means, key=lambda layer: _number(layer.name))

    def copied(layer: Any) -> Any:
        if layer is last:
            return keras.layers.MaxPooling2D(3, strides=1, padding="same", name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    return keras.models.clone_model(made, clone_function=copied)


def _layers(keras: Any, network: Any) -> tuple[list[Any], list[Any]]:
    """Return convolutions and normalizations in the order in which they were made."""
    kinds = (keras.layers.Conv2D, keras.layers.BatchNormalization)
    of_kind = [[layer for layer in network.layers if isinstance(layer, kind)] for kind in kinds]
    return tuple(sorted(layers, key=lambda layer: _number(layer.name)) for layers in of_kind)  # type: ignore[return-value]


def _number(name: str) -> int:
    """Return the number that Keras gives to a layer: ``conv2d_7`` is 7, ``conv2d`` 0."""
    found = re.search(r"_(\d+)$", name)
    return int(found[1]) if found else 0
