"""The network of a denoiser: a small U-Net on pixels that are packed into channels.

Packing blocks of 2 x 2 or 4 x 4 pixels into channels (space to depth) makes every layer four or sixteen times cheaper,
and the many flat pixels of a head cost little detail. Each residual block is steered by a vector made of the noise
level, of what was changed by augmentation, and of the condition (FiLM, Perez et al. 2018). A learned map tells the
network where it is, as heads are centered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from medcurate.generate.denoising.moves import TOLD

Tensor = Any

_LOWEST = 8
_HEAD = 16
_SMALL = 0.05


def packing_of(side: int) -> int:
    """Return the side of the blocks of pixels that become channels."""
    return 4 if side >= 128 else 2


def build_network(side: int, channels: int, condition: int, widths: Sequence[int], blocks: int) -> keras.Model:
    """Make the network: (images, noise feature, told changes, condition) to images.

    Parameters
    ----------
    side : int
        Of the square images, in pixels; a power of two.
    channels : int
        Of the images.
    condition : int
        Length of the condition; 0 without one.
    widths : sequence of int
        Channels of each grid, from the finest on; each next grid has half the side. The last one is repeated down to
        grids of 8 x 8, where each place also attends to all others. Multiples of 16.
    blocks : int
        Residual blocks of each grid on the way down; one more on the way up.
    """
    packing = packing_of(side)
    grid = side // packing
    levels = max(1, (grid // _LOWEST).bit_length())
    widths = [*widths, *[widths[-1]] * levels][:levels]
    image = keras.Input((side, side, channels), name="image")
    level, told = keras.Input((1,), name="level"), keras.Input((TOLD,), name="told")
    given = keras.Input((condition,), name="given")
    steering = _steering(level, told, given if condition else None, 4 * widths[0])

    x = layers.Conv2D(widths[0], 3, padding="same")(_packed(image, packing))
    x = PlaceMap()(x)
    kept = [x]
    for depth, width in enumerate(widths):
        lowest = depth == levels - 1
        if depth:
            x = layers.Conv2D(width, 3, strides=2, padding="same")(x)
            kept.append(x)
        for _ in range(blocks):
            x = _block(x, steering, width, attends=lowest)
            kept.append(x)
    x = _block(x, steering, widths[-1], attends=True)
    for depth, width in reversed(list(enumerate(widths))):
        for _ in range(blocks + 1):
            x = _block(layers.Concatenate()([x, kept.pop()]), steering, width, attends=False)
        if depth:
            x = layers.Conv2D(widths[depth - 1], 3, padding="same")(layers.UpSampling2D()(x))
    x = layers.Activation("silu")(_normalized(x))
    x = layers.Conv2D(channels * packing**2, 3, padding="same", kernel_initializer=_small())(x)
    x = layers.Activation("linear", dtype="float32")(_unpacked(x, packing))
    return keras.Model([image, level, told, given], x, name="denoiser")


def _steering(level: Tensor, told: Tensor, given: Tensor | None, width: int) -> Tensor:
    """Make the vector that steers the blocks; the condition is read last by the layer of that name."""
    parts = [Waves()(level), told, *([] if given is None else [given])]
    x = layers.Activation("silu")(layers.Dense(width, name="condition")(layers.Concatenate()(parts)))
    return layers.Activation("silu")(layers.Dense(width)(x))


def _block(x: Tensor, steering: Tensor, width: int, *, attends: bool) -> Tensor:
    """Two convolutions beside a short cut; between them the steering scales and shifts each channel."""
    y = layers.Conv2D(width, 3, padding="same")(layers.Activation("silu")(_normalized(x)))
    film = layers.Reshape((1, 1, 2 * width))(layers.Dense(2 * width, kernel_initializer=_small())(steering))
    y = _normalized(y) * (1.0 + film[..., :width]) + film[..., width:]
    y = layers.Conv2D(width, 3, padding="same", kernel_initializer=_small())(layers.Activation("silu")(y))
    if x.shape[-1] != width:
        x = layers.Conv2D(width, 1)(x)
    x = layers.Add()([x, y])
    return _attention(x) if attends else x


def _attention(x: Tensor) -> Tensor:
    """Let every place look at all others, in heads of 16 channels (Vaswani et al. 2017)."""
    side, width = x.shape[1], x.shape[-1]
    places, heads = side * side, width // _HEAD
    flat = layers.Reshape((places, width))(_normalized(x))

    def split(part: Tensor) -> Tensor:
        return layers.Permute((2, 1, 3))(layers.Reshape((places, heads, _HEAD))(part))

    query, key, value = (split(layers.Dense(width)(flat)) for _ in range(3))
    weights = layers.Softmax()(ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / math.sqrt(_HEAD))
    seen = layers.Reshape((places, width))(layers.Permute((2, 1, 3))(ops.matmul(weights, value)))
    seen = layers.Dense(width, kernel_initializer=_small())(seen)
    return layers.Add()([x, layers.Reshape((side, side, width))(seen)])


def _normalized(x: Tensor) -> Tensor:
    return layers.GroupNormalization(x.shape[-1] // _HEAD, epsilon=1e-5)(x)


def _packed(images: Tensor, packing: int) -> Tensor:
    side, channels = images.shape[1] // packing, images.shape[-1]
    blocks = layers.Reshape((side, packing, side, packing, channels))(images)
    return layers.Reshape((side, side, packing**2 * channels))(layers.Permute((1, 3, 2, 4, 5))(blocks))


def _unpacked(x: Tensor, packing: int) -> Tensor:
    side, channels = x.shape[1], x.shape[-1] // packing**2
    blocks = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((side, side, packing, packing, channels))(x))
    return layers.Reshape((side * packing, side * packing, channels))(blocks)


def _small() -> Any:
    """Let a block begin near the identity, but with a gradient for every weight before it."""
    return keras.initializers.VarianceScaling(_SMALL, "fan_avg", "uniform")


def _frequencies() -> NDArray[np.float32]:
    return np.asarray(np.pi * 2.0 ** np.arange(-2, 3), np.float32)


class Waves(layers.Layer):
    """Sines and cosines of a number, beside the number itself: small differences become visible."""

    def call(self, x: Tensor) -> Tensor:
        """Return shape (n, 11) for (n, 1)."""
        angles = x * ops.convert_to_tensor(_frequencies(), dtype=x.dtype)
        return ops.concatenate([x, ops.sin(angles), ops.cos(angles)], axis=-1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (n, 11)."""
        return (*shape[:-1], 1 + 2 * len(_frequencies()))


class PlaceMap(layers.Layer):
    """Adds a learned map."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the map, 0 at the start."""
        self.map = self.add_weight(name="map", shape=shape[1:], initializer="zeros")

    def call(self, x: Tensor) -> Tensor:
        """Add it."""
        return x + ops.cast(self.map, x.dtype)
