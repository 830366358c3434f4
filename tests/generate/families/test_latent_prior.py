"""The flow: its two directions, its volume, and a distribution that it learns."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def flow(rng):
    """Give a function that makes a flow with weights far from the first ones."""
    from medcurate.generate.families.latent_prior import build_prior

    def make(latent=5, condition=2, couplings=3):
        prior = build_prior(latent, condition, couplings=couplings, width=7)
        prior.set_weights([w + rng.normal(scale=0.3, size=w.shape).astype(np.float32) for w in prior.get_weights()])
        return prior

    return make


@pytest.mark.parametrize(("latent", "condition", "couplings"), [(5, 2, 3), (4, 0, 2), (6, 3, 0)])
def test_both_directions_undo_each_other(flow, rng, latent, condition, couplings):
    prior = flow(latent, condition, couplings)
    vectors, given = (rng.normal(size=(8, k)).astype(np.float32) for k in (latent, condition))
    noise, _, _ = prior([vectors, given])
    np.testing.assert_allclose(np.asarray(prior([np.asarray(noise), given])[2]), vectors, atol=1e-4)
    drawn = prior([vectors, given])[2]
    np.testing.assert_allclose(np.asarray(prior([np.asarray(drawn), given])[0]), vectors, atol=1e-4)


def test_the_volume_is_the_determinant_of_the_derivative(flow, rng):
    import tensorflow as tf

    prior = flow()
    vector, given = (tf.constant(rng.normal(size=(1, k)).astype(np.float32)) for k in (5, 2))
    with tf.GradientTape() as tape:
        tape.watch(vector)
        noise, volume, _ = prior([vector, given])
    derivative = tape.jacobian(noise, vector)[0, :, 0, :]
    assert float(volume[0]) == pytest.approx(np.log(abs(np.linalg.det(derivative.numpy()))), abs=1e-4)


def test_it_learns_a_bent_distribution_better_than_a_gaussian(rng):
    """Points on a parabola: the best Gaussian has a known mean log-likelihood, which the flow must pass."""
    import keras
    import tensorflow as tf

    from medcurate.generate.families.latent_prior import build_prior
    from medcurate.generate.families.variational_bound import normal_log_density

    across = rng.normal(size=2000)
    points = np.stack([across, across**2 + 0.2 * rng.normal(size=2000)], axis=1).astype(np.float32)
    gaussian = -(2 * np.log(2 * np.pi) + np.log(np.linalg.det(np.cov(points.T))) + 2) / 2
    keras.utils.set_random_seed(0)
    prior, adam = build_prior(2, 0, couplings=4, width=16), keras.optimizers.Adam(1e-2)

    @tf.function
    def step(batch):
        with tf.GradientTape() as tape:
            noise, volume, _ = prior([batch, tf.zeros((len(batch), 0))])
            lost = -tf.reduce_mean(normal_log_density(noise) + volume)
        adam.apply(tape.gradient(lost, prior.trainable_variables), prior.trainable_variables)
        return lost

    for _ in range(200):
        lost = step(points)
    assert -float(lost) > gaussian + 0.3


def test_layers_that_read_the_condition_have_its_rows_last(flow):
    prior = flow(latent=5, condition=2)
    layers = [layer for layer in prior.layers if layer.name.startswith("condition_")]
    assert [layer.kernel.shape[0] for layer in layers] == [2 + 2, 3 + 2, 2 + 2]
    before = [np.asarray(x) for x in prior([np.ones((1, 5), np.float32), np.ones((1, 2), np.float32)])]
    for layer in layers:
        kernel = np.asarray(layer.kernel).copy()
        kernel[-2:] = 0
        layer.kernel.assign(kernel)
    one, other = (
        [np.asarray(x) for x in prior([np.ones((1, 5), np.float32), np.full((1, 2), k, np.float32)])] for k in (1, 7)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, before, strict=True))
