"""The encoder and the decoder of `vae`: convolutions on grids that are halved and doubled."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

Tensor = Any

_GRID = 4
_MOST = 8
_COARSE = 64
_DARK = -0.7
"""Gray value of an image before training: most pixels are background."""
_SEEN = 0.2
"""Of features. A latent is a sum of thousands of them, all of which the optimizer moves: small ones keep it steady."""
_GAIN = 3.0
"""Optimizers move every weight by about the same step; the linear image, whose weights are few, should move faster."""


def filters(width: int, side: int, at: int) -> int:
    """Return the channels on a grid of `at` pixels a side: `width` at the full `side`, at most eight times as many."""
    return width * min(_MOST, max(1, side // at))


def build_encoder(side: int, channels: int, *, latent: int, width: int) -> Any:
    """Make the encoder: images to mean and log-variance of the posterior.

    The latents also see the image directly, at up to 64 pixels a side: what is linear in what there is to learn, as
    principal components have it, takes fewer steps that way. No condition is read, so that images can be encoded whose
    label is not known.

    Parameters
    ----------
    side, channels : int
        Of the images; the side is a power of two.
    latent : int
        Length of the latent vector.
    width : int
        Channels at the full side.
    """
    image = x = keras.Input((side, side, channels), name="image")
    while x.shape[1] > _GRID:
        x = _active(layers.Conv2D(filters(width, side, x.shape[1] // 2), 4, strides=2, padding="same")(x))
    coarse = layers.Flatten()(layers.AveragePooling2D(side // min(_COARSE, side))(image))
    x = layers.Concatenate()([_SEEN * layers.Flatten()(x), coarse / _COARSE])
    mean = layers.Dense(latent, kernel_initializer=_small(), dtype="float32", name="mean")(x)
    log_variance = layers.Dense(
        latent, kernel_initializer=_small(), bias_initializer=keras.initializers.Constant(-3.0), dtype="float32"
    )(x)
    return keras.Model(image, [mean, log_variance], name="encoder")


def build_decoder(side: int, channels: int, *, latent: int, condition: int, width: int) -> Any:
    """Make the decoder: (latent vectors, condition vectors) to images, about in [-1, 1].

    A grid of 4 x 4 is drawn first; on each finer grid a code of latents and condition scales and shifts the channels
    (Perez et al. 2018). An image that is a linear function of latents and condition is added, at up to 64 pixels a
    side. Nothing limits the sum: black is learned fast where it needs no large number.

    Parameters
    ----------
    side, channels, latent, width
        As for `build_encoder`.
    condition : int
        Length of the condition vector, 0 without one.
    """
    vector = keras.Input((latent,), name="vector")
    given = keras.Input((condition,), name="condition")
    known = layers.Concatenate()([vector, given]) if condition else vector
    first = filters(width, side, _GRID)
    code = layers.Dense(4 * width, activation="silu", name="condition_code")(known)
    x = layers.Dense(_GRID * _GRID * first, name="condition_grid")(known)
    x = _active(layers.Reshape((_GRID, _GRID, first))(x))
    while x.shape[1] < side // 2:
        at = 2 * x.shape[1]
        x = layers.Conv2D(filters(width, side, at), 3, padding="same")(layers.UpSampling2D()(x))
        x = _styled(x, code)
    at = min(_COARSE, side)
    linear = layers.Dense(at * at * channels, kernel_initializer=_small(), name="condition_linear")(known)
    linear = layers.Reshape((at, at, channels))(linear)
    if at < side:
        linear = layers.UpSampling2D(side // at, interpolation="bilinear")(linear)
    dark = keras.initializers.Constant(_DARK)
    x = unfolded(layers.Conv2D(4 * channels, 3, padding="same", bias_initializer=dark)(x)) + _GAIN * linear
    return keras.Model([vector, given], layers.Activation("linear", dtype="float32")(x), name="decoder")


def unfolded(x: Tensor) -> Tensor:
    """Turn four values of each channel at a place into 2 x 2 pixels.

    Convolutions at the full side would cost more than half of the time.

    Parameters
    ----------
    x : tensor, shape (n, side, side, 4 channels)

    Returns
    -------
    tensor, shape (n, 2 side, 2 side, channels)
    """
    side, channels = x.shape[1], x.shape[-1] // 4
    x = ops.transpose(ops.reshape(x, (-1, side, side, 2, 2, channels)), (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, 2 * side, 2 * side, channels))


def _small() -> Any:
    return keras.initializers.RandomNormal(stddev=0.01)


def _active(x: Tensor) -> Tensor:
    return layers.Activation("silu")(layers.RMSNormalization()(x))


def _styled(x: Tensor, code: Tensor) -> Tensor:
    """Normalize each pixel, scale and shift the channels as the code says, and bend."""
    channels = x.shape[-1]
    style = layers.Reshape((1, 1, 2 * channels))(layers.Dense(2 * channels)(code))
    normalized = layers.RMSNormalization()(x)
    return layers.Activation("silu")(normalized * (1.0 + style[..., :channels]) + style[..., channels:])


@keras.saving.register_keras_serializable("medcurate")
class LearnedScale(layers.Layer):
    """The logarithm of the scale of a likelihood: one number, learned, whatever the layer is called with.

    Parameters
    ----------
    start : float
        Its value before training.
    """

    def __init__(self, start: float, **given: Any) -> None:
        super().__init__(**given)
        self._start = start

    def build(self, input_shape: Any) -> None:  # noqa: ARG002
        """Make the number."""
        start = keras.initializers.Constant(self._start)
        self._value = self.add_weight(name="log_scale", shape=(1,), initializer=start, dtype="float32")

    def call(self, x: Tensor) -> Tensor:  # noqa: ARG002
        """Return it, shape (1,)."""
        return ops.convert_to_tensor(self._value)
