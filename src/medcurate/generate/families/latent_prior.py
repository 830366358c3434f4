"""A learned prior over latent vectors: a normalizing flow, conditional on labels and attributes.

The latents that an encoder gives to real images are not standard normal, so a decoder that is asked for standard normal
ones draws means of images that it never saw. A flow learns where the latents are, in a second stage as in Dai and Wipf
(2019). It is an affine map with a triangular matrix, which alone is a Gaussian with any covariance, and affine
couplings (Dinh et al. 2017), which bend it.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

Tensor = Any

_REACH = 0.5
"""The logarithm of a coupling's scale stays below this."""


@keras.saving.register_keras_serializable("medcurate")
class Triangular(layers.Layer):
    """An affine map with a lower triangular matrix, whose diagonal is positive, or its inverse."""

    def build(self, input_shape: Any) -> None:
        """Make the identity."""
        length = input_shape[-1]
        self._lower = self.add_weight(name="lower", shape=(length, length), initializer="zeros", dtype="float32")
        self._log_diagonal = self.add_weight(name="diagonal", shape=(length,), initializer="zeros", dtype="float32")
        self._shift = self.add_weight(name="shift", shape=(length,), initializer="zeros", dtype="float32")

    def call(self, x: Tensor, inverse: bool = False) -> tuple[Tensor, Tensor]:
        """Return the mapped vectors, shape (n, length), and the logarithm of the determinant of the matrix, (n,)."""
        diagonal = ops.convert_to_tensor(self._log_diagonal)
        strict = ops.tril(ops.convert_to_tensor(self._lower), k=-1)
        matrix = strict + ops.diag(ops.exp(diagonal))
        shift = ops.convert_to_tensor(self._shift)
        volume = ops.sum(diagonal) + 0.0 * x[:, 0]
        if not inverse:
            return ops.matmul(x, ops.transpose(matrix)) + shift, volume
        solved = ops.solve_triangular(matrix, ops.transpose(x - shift), lower=True)
        return ops.transpose(solved), -volume


def build_prior(latent: int, condition: int, *, couplings: int, width: int) -> Any:
    """Make the flow, which maps in both directions from the same weights.

    Parameters
    ----------
    latent : int
        Length of a latent vector, 2 or more.
    condition : int
        Length of the condition vector, 0 without one.
    couplings : int
        How many; 0 leaves a Gaussian with full covariance, the same for every condition.
    width : int
        Of the hidden layer of a coupling.

    Returns
    -------
    keras.Model
        From (x, condition) to three tensors: the noise to which a latent vector x belongs, shape (n, latent); the
        logarithm of the volume change on this way, (n,); the latent vector to which noise x belongs, (n, latent).
    """
    x = keras.Input((latent,), name="vector")
    given = keras.Input((condition,), name="condition")
    triangular = Triangular(name="triangular", dtype="float32")
    steps = [_Coupling(k, latent, given if condition else None, width) for k in range(couplings)]
    noise, volume = triangular(x)
    for step in steps:
        noise, change = step(noise, inverse=False)
        volume = volume + change
    drawn = x
    for step in reversed(steps):
        drawn, _ = step(drawn, inverse=True)
    drawn, _ = triangular(drawn, inverse=True)
    return keras.Model([x, given], [noise, volume, drawn], name="prior")


class _Coupling:
    """Scales and shifts one half of a vector as the other half and the condition say, then exchanges the halves."""

    def __init__(self, number: int, latent: int, given: Tensor | None, width: int) -> None:
        self._given, self._first = given, latent // 2 if number % 2 == 0 else latent - latent // 2
        self._moved = latent - self._first
        self._hidden = layers.Dense(width, activation="silu", name=f"condition_coupling_{number}", dtype="float32")
        start = keras.initializers.RandomNormal(stddev=0.01)
        self._out = layers.Dense(2 * self._moved, kernel_initializer=start, dtype="float32")

    def __call__(self, x: Tensor, *, inverse: bool) -> tuple[Tensor, Tensor]:
        if inverse:
            changed, kept = x[:, : self._moved], x[:, self._moved :]
        else:
            kept, changed = x[:, : self._first], x[:, self._first :]
        known = kept if self._given is None else layers.Concatenate()([kept, self._given])
        numbers = self._out(self._hidden(known))
        log_scale = _REACH * ops.tanh(numbers[:, : self._moved] / _REACH)
        shift = numbers[:, self._moved :]
        if inverse:
            return ops.concatenate([kept, changed * ops.exp(log_scale) + shift], axis=-1), ops.sum(log_scale, axis=-1)
        moved = (changed - shift) * ops.exp(-log_scale)
        return ops.concatenate([moved, kept], axis=-1), -ops.sum(log_scale, axis=-1)
