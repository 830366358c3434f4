"""The bound beside what is known in closed form: linear Gaussian models, whose likelihood is that of PPCA."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import laplace, norm

from medcurate.generate.families import variational_bound as bound

N, PIXELS, LATENT, VARIANCE = 200, 6, 2, 0.3


@pytest.fixture
def data(rng):
    """Give centered vectors with two strong directions."""
    strong = rng.normal(size=(N, LATENT)) @ rng.normal(size=(LATENT, PIXELS)) * 2
    x = strong + rng.normal(size=(N, PIXELS)) * np.sqrt(VARIANCE)
    return x - x.mean(0)


def ppca(data, variance):
    """Return the weights with the largest likelihood at a given noise variance, and the likelihood of a vector.

    Tipping and Bishop (1999), equations 7 and 4: W = U (L - variance)^(1/2) with the leading eigenvectors U and
    eigenvalues L of the covariance, and the Gaussian likelihood of the covariance W W' + variance.
    """
    covariance = data.T @ data / len(data)
    values, vectors = np.linalg.eigh(covariance)
    weights = vectors[:, -LATENT:] * np.sqrt(values[-LATENT:] - variance)
    model = weights @ weights.T + variance * np.eye(PIXELS)
    spread = np.log(np.linalg.det(model)) + np.trace(np.linalg.solve(model, covariance))
    return weights, -(PIXELS * np.log(2 * np.pi) + spread) / 2


def exact_noise():
    """Return noise of which the mean over the rows is exact for quadratic functions (sigma points)."""
    return np.concatenate([np.eye(LATENT), -np.eye(LATENT)]) * np.sqrt(LATENT)


def linear_bound(data, weights, encoder, log_variance, log_scale):
    """Return the mean bound of a linear decoder and a linear encoder with one posterior variance a latent."""
    import tensorflow as tf

    mean = tf.convert_to_tensor(data) @ encoder
    spread = tf.zeros_like(mean) + log_variance
    expected = 0.0
    for noise in exact_noise():
        latents = bound.posterior_sample(mean, spread, noise)
        drawn = latents @ tf.transpose(weights)
        expected += tf.reduce_mean(bound.log_likelihood(data, drawn, log_scale, "gaussian")) / (2 * LATENT)
    return expected - tf.reduce_mean(tf.reduce_sum(bound.divergence(mean, spread), axis=-1))


def test_with_the_exact_posterior_the_bound_is_the_likelihood_of_ppca(data):
    import tensorflow as tf

    weights, likelihood = ppca(data, VARIANCE)
    inner = weights.T @ weights + VARIANCE * np.eye(LATENT)  # diagonal, as the columns of W are orthogonal
    variances = np.log(VARIANCE / np.diag(inner))
    encoder = weights @ np.linalg.inv(inner)
    given = [tf.constant(x) for x in (weights, encoder, variances)]
    scale = tf.constant(np.log(VARIANCE) / 2)
    assert float(linear_bound(data, *given, scale)) == pytest.approx(likelihood, abs=1e-4)
    assert float(linear_bound(data, given[0], 0.9 * given[1], given[2], scale)) < likelihood - 1e-3


def test_trained_by_its_gradient_the_bound_reaches_the_likelihood_of_ppca(data, rng):
    import tensorflow as tf

    scale = tf.constant(np.log(VARIANCE) / 2)
    shapes = [(PIXELS, LATENT), (PIXELS, LATENT), (LATENT,)]
    ends = np.cumsum([np.prod(shape) for shape in shapes])

    def value_and_slope(flat):
        parts = [tf.constant(x.reshape(s)) for x, s in zip(np.split(flat, ends[:-1]), shapes, strict=True)]
        with tf.GradientTape() as tape:
            tape.watch(parts)
            lost = -linear_bound(data, *parts, scale)
        return float(lost), np.concatenate([np.ravel(g) for g in tape.gradient(lost, parts)])

    start = rng.normal(size=ends[-1]) * 0.3
    found = minimize(value_and_slope, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-12, "gtol": 1e-7})
    _, likelihood = ppca(data, VARIANCE)
    assert -found.fun == pytest.approx(likelihood, abs=1e-4)


@pytest.mark.parametrize(("kind", "reference"), [("laplace", laplace), ("gaussian", norm)])
def test_likelihoods_are_those_of_scipy(kind, reference, rng):
    images, mean = rng.normal(size=(2, 3, 4, 5, 1))
    found = np.asarray(bound.log_likelihood(images, mean, np.array([-0.7]), kind))
    expected = reference.logpdf(images, mean, np.exp(-0.7)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_divergence_is_that_of_two_normal_distributions():
    """Numerical integral of q log(q / p) on a fine grid."""
    x = np.linspace(-12, 12, 200_001)
    q, p = norm(0.8, np.exp(-0.5)), norm(0, 1)
    integral = np.trapezoid(q.pdf(x) * (q.logpdf(x) - p.logpdf(x)), x)
    found = bound.divergence(np.array([[0.8]]), np.array([[-1.0]]))
    assert float(np.asarray(found)[0, 0]) == pytest.approx(integral, rel=1e-6)


def test_free_bits_are_a_floor_for_the_mean_of_each_latent():
    divergences = np.array([[0.0, 1.0, 0.02], [0.0, 3.0, 0.12]])
    assert float(bound.with_free_bits(divergences, 0.05)) == pytest.approx(0.05 + 2.0 + 0.07)
    assert float(bound.with_free_bits(divergences, 0.0)) == pytest.approx(2.07)


def test_the_density_of_noise_is_that_of_scipy(rng):
    noise = rng.normal(size=(4, 3))
    np.testing.assert_allclose(np.asarray(bound.normal_log_density(noise)), norm.logpdf(noise).sum(1), rtol=1e-6)
