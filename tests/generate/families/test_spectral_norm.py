"""The power iteration beside NumPy's singular values."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("kind", ["convolution", "dense"])
def test_the_kernel_is_divided_by_its_largest_singular_value(kind, rng):
    from medcurate.generate.families.spectral_norm import SpectralConv2D, SpectralDense

    if kind == "convolution":
        layer, x = SpectralConv2D(6, 3, padding="same", use_bias=False), rng.normal(size=(2, 8, 8, 4))
    else:
        layer, x = SpectralDense(6, use_bias=False), rng.normal(size=(2, 9))
    x = x.astype(np.float32)
    layer(x)
    kernel = rng.normal(size=layer.kernel.shape).astype(np.float32)
    layer.kernel.assign(kernel)
    for _ in range(100):
        found = np.asarray(layer(x, training=True))
    sigma = np.linalg.svd(kernel.reshape(-1, 6), compute_uv=False)[0]
    layer.kernel.assign(kernel / sigma)
    plain = np.asarray(layer.convolution_op(x, layer.kernel) if kind == "convolution" else x @ (kernel / sigma))
    np.testing.assert_allclose(found, plain, rtol=1e-4, atol=1e-5)


def test_only_training_moves_the_iteration(rng):
    from medcurate.generate.families.spectral_norm import SpectralDense

    layer, x = SpectralDense(3), rng.normal(size=(2, 4)).astype(np.float32)
    layer(x)
    before = np.asarray(layer.non_trainable_variables[0]).copy()
    layer(x, training=False)
    np.testing.assert_array_equal(before, layer.non_trainable_variables[0])
    layer(x, training=True)
    assert np.abs(before - np.asarray(layer.non_trainable_variables[0])).max() > 0


def test_the_gradient_sees_the_division(rng):
    """A kernel that is only scaled gives the same output, so its gradient along itself is nothing."""
    import tensorflow as tf

    from medcurate.generate.families.spectral_norm import SpectralDense

    layer, x = SpectralDense(3, use_bias=False), tf.constant(rng.normal(size=(5, 4)), tf.float32)
    for _ in range(200):
        layer(x, training=True)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.square(layer(x)))
    kernel = layer.kernel.value
    gradient = tape.gradient(total, kernel)
    along = float(tf.reduce_sum(gradient * kernel) / (tf.norm(gradient) * tf.norm(kernel)))
    assert abs(along) < 1e-3
