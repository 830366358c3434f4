"""Networks that generation and evaluation share, in 2-D and 3-D, made of Keras layers.

Nothing here depends on a backend: TensorFlow, JAX or PyTorch under Keras build and run the same networks. Keras is
imported when a network is built. Seeds are arguments: the same seed gives the same first weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from medcurate.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    import keras

Normalization = Literal["batch", "instance", "none"]
_MAX_SEED = 2**31 - 1


def unet(
    shape: Sequence[int | None],
    classes: int,
    *,
    width: int = 16,
    depth: int = 4,
    dimensions: int = 2,
    normalization: Normalization = "instance",
    dropout: float = 0.0,
    activation: str | None = None,
    seed: int = 0,
) -> keras.Model:
    """Build a U-Net (Ronneberger, Fischer and Brox, 2015; in 3-D Cicek et al., 2016) with "same" padding.

    Each of `depth` levels has two convolutions of three pixels, then halves the size and doubles the channels; on the
    way up a transposed convolution of two pixels doubles the size, and the features of the level are concatenated.

    Parameters
    ----------
    shape : sequence of int
        (height, width, channels), or (depth, height, width, channels) in 3-D; None where a size is left open.
    classes : int
        Channels of the output.
    width : int
        Channels of the first level.
    depth : int
        How many times the size is halved; sizes must be multiples of ``2 ** depth``.
    dimensions : {2, 3}
        Of the images.
    normalization : {'batch', 'instance', 'none'}
        After each convolution.
    dropout : float
        Rate at the lowest level, in [0, 1).
    activation : str, optional
        Of the output, as Keras names them: ``softmax``, ``sigmoid``, ``tanh``; without it the output is logits.
    seed : int
        Of the first weights and of the dropout.

    Returns
    -------
    keras.Model
        From (n, *shape) to (n, *spatial, classes), both float32.

    Raises
    ------
    UsageError
        A number is out of range, or a size cannot be halved so often.
    MissingExtra
        Keras is not installed.
    """
    keras, layers = _keras(), _Layers(dimensions, normalization, seed)
    _check(shape, classes, width, depth, dimensions, multiple=True)
    inputs = keras.Input(tuple(shape))
    x, skipped = inputs, []
    for level in range(depth):
        x = layers.double_convolution(x, width * 2**level)
        skipped.append(x)
        x = layers.pool()(x)
    x = layers.double_convolution(x, width * 2**depth)
    x = layers.dropout(dropout)(x)
    for level in reversed(range(depth)):
        x = layers.transposed_convolution(width * 2**level)(x)
        x = keras.layers.Concatenate()([x, skipped[level]])
        x = layers.double_convolution(x, width * 2**level)
    outputs = layers.convolution(classes, 1, bias=True)(x)
    return keras.Model(inputs, layers.output(activation)(outputs), name=f"unet_{dimensions}d")


def small_cnn(
    shape: Sequence[int | None],
    classes: int,
    *,
    width: int = 16,
    depth: int = 4,
    dimensions: int = 2,
    normalization: Normalization = "batch",
    dropout: float = 0.3,
    activation: str | None = None,
    seed: int = 0,
) -> keras.Model:
    """Build a small classifier: `depth` times convolution, normalization, ReLU and halving, then mean and dense.

    Parameters
    ----------
    shape : sequence of int
        (height, width, channels), or (depth, height, width, channels) in 3-D; None where a size is left open.
    classes : int
        Length of the output.
    width : int
        Channels of the first convolution; each later one has twice those of the one before.
    depth : int
        Number of convolutions; sizes must be at least ``2 ** depth``.
    dimensions : {2, 3}
        Of the images.
    normalization : {'batch', 'instance', 'none'}
        After each convolution.
    dropout : float
        Share of the mean features that a training step leaves out, in [0, 1).
    activation : str, optional
        Of the output, as Keras names them; without it the output is logits.
    seed : int
        Of the first weights and of the dropout.

    Returns
    -------
    keras.Model
        From (n, *shape) to (n, classes), both float32.

    Raises
    ------
    UsageError
        A number is out of range, or a size cannot be halved so often.
    MissingExtra
        Keras is not installed.
    """
    keras, layers = _keras(), _Layers(dimensions, normalization, seed)
    _check(shape, classes, width, depth, dimensions, multiple=False)
    x = inputs = keras.Input(tuple(shape))
    for level in range(depth):
        x = layers.convolution_block(x, width * 2**level)
        x = layers.pool()(x)
    x = layers.mean()(x)
    x = layers.dropout(dropout)(x)
    x = keras.layers.Dense(classes, kernel_initializer=layers.initializer(), dtype="float32")(x)
    return keras.Model(inputs, layers.output(activation)(x), name=f"small_cnn_{dimensions}d")


class _Layers:
    """Makes layers of one number of dimensions, each with a seed of its own."""

    def __init__(self, dimensions: int, normalization: Normalization, seed: int) -> None:
        if dimensions not in (2, 3):
            raise UsageError(f"dimensions: expected 2 or 3, received {dimensions}")
        if normalization not in ("batch", "instance", "none"):
            raise UsageError(f"normalization: expected batch, instance or none, received {normalization!r}")
        self._all = _keras().layers
        self._suffix = f"{dimensions}D"
        self._normalization = normalization
        self._rng = np.random.default_rng(seed)

    def convolution_block(self, x: Any, channels: int) -> Any:
        """Convolution of three pixels, normalization, ReLU."""
        x = self.convolution(channels, 3, bias=self._normalization == "none")(x)
        if self._normalization == "batch":
            x = self._all.BatchNormalization()(x)
        elif self._normalization == "instance":
            x = self._all.GroupNormalization(groups=-1)(x)
        return self._all.ReLU()(x)

    def double_convolution(self, x: Any, channels: int) -> Any:
        return self.convolution_block(self.convolution_block(x, channels), channels)

    def convolution(self, channels: int, size: int, *, bias: bool) -> Any:
        make = getattr(self._all, f"Conv{self._suffix}")
        return make(channels, size, padding="same", use_bias=bias, kernel_initializer=self.initializer())

    def transposed_convolution(self, channels: int) -> Any:
        make = getattr(self._all, f"Conv{self._suffix}Transpose")
        return make(channels, 2, strides=2, kernel_initializer=self.initializer())

    def pool(self) -> Any:
        return getattr(self._all, f"MaxPooling{self._suffix}")(2)

    def mean(self) -> Any:
        return getattr(self._all, f"GlobalAveragePooling{self._suffix}")()

    def dropout(self, share: float) -> Any:
        if not 0 <= share < 1:
            raise UsageError(f"dropout: expected a share in [0, 1), received {share}")
        return self._all.Dropout(share, seed=self._seed())

    def output(self, activation: str | None) -> Any:
        """Keep the output in float32 under mixed precision, too: losses need it."""
        return self._all.Activation(activation or "linear", dtype="float32")

    def initializer(self) -> Any:
        """He et al. (2015), for layers that ReLU follows."""
        return _keras().initializers.HeNormal(seed=self._seed())

    def _seed(self) -> int:
        return int(self._rng.integers(_MAX_SEED))


def _keras() -> Any:
    try:
        import keras
    except ImportError as error:
        raise MissingExtra(("keras",), extra="train", purpose="A neural network") from error
    return keras


def _check(
    shape: Sequence[int | None], classes: int, width: int, depth: int, dimensions: int, *, multiple: bool
) -> None:
    if classes < 1 or width < 1 or depth < 1:
        raise UsageError(f"classes, width, depth: expected 1 or more, received {classes}, {width}, {depth}")
    if len(shape) != dimensions + 1 or shape[-1] is None or shape[-1] < 1:
        raise UsageError(f"shape: expected {dimensions} sizes and the number of channels, received {tuple(shape)}")
    for size in shape[:-1]:
        if size is not None and (size < 2**depth or (multiple and size % 2**depth)):
            wanted = f"multiples of {2**depth}" if multiple else f"at least {2**depth}"
            raise UsageError(
                f"shape: a network that halves the size {depth} times needs sizes of {wanted}, received "
                f"{tuple(shape)}; scale the images or lower depth"
            )
