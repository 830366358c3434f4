"""Convolutions and dense layers whose kernel is divided by its largest singular value (Miyato et al. 2018).

Keras has a wrapper of that name, which overwrites the kernel. Here, as in the paper, the kernel stays as it is, the
division is part of the forward pass, and the gradient flows through it. That also works where a step is a pure function
and where several devices hold copies.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

Tensor = Any


class _Normalized:
    """Does one power iteration per training pass, starting from the vector of the last one."""

    def _add_vector(self, layer: keras.layers.Layer, channels: int) -> None:
        self._u = layer.add_weight(
            name="u",
            shape=(1, channels),
            initializer=keras.initializers.RandomNormal(seed=0),
            trainable=False,
            dtype="float32",
            aggregation="only_first_replica",
        )

    def _divided(self, kernel: Tensor, training: bool) -> Tensor:
        matrix = ops.reshape(ops.cast(kernel, "float32"), (-1, kernel.shape[-1]))
        fixed = ops.stop_gradient(matrix)
        u = ops.convert_to_tensor(self._u)
        v = _unit(ops.matmul(u, ops.transpose(fixed)))
        u = _unit(ops.matmul(v, fixed))
        if training:
            self._u.assign(u)
        sigma = ops.sum(ops.matmul(v, matrix) * u)
        return kernel / ops.cast(sigma, kernel.dtype)


def _unit(vector: Tensor) -> Tensor:
    return vector / (ops.norm(vector) + 1e-12)


@keras.saving.register_keras_serializable("medcurate")
class SpectralConv2D(keras.layers.Conv2D, _Normalized):
    """`keras.layers.Conv2D` under spectral normalization."""

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the vector of the power iteration."""
        super().build(input_shape)
        self._add_vector(self, self.filters)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Convolve with the divided kernel."""
        outputs = self.convolution_op(inputs, self._divided(ops.convert_to_tensor(self.kernel), training))
        return self.activation(outputs if self.bias is None else outputs + self.bias)


@keras.saving.register_keras_serializable("medcurate")
class SpectralDense(keras.layers.Dense, _Normalized):
    """`keras.layers.Dense` under spectral normalization."""

    def build(self, input_shape: Any) -> None:
        """Make the kernel and the vector of the power iteration."""
        super().build(input_shape)
        self._add_vector(self, self.units)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Multiply with the divided kernel."""
        outputs = ops.matmul(inputs, self._divided(ops.convert_to_tensor(self.kernel), training))
        return self.activation(outputs if self.bias is None else outputs + self.bias)
