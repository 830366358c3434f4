"""The flow on mixtures of Gaussians, whose denoiser and whose every quantile are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from medcurate.generate.denoising.preconditioning import Edm, RectifiedFlow
from medcurate.generate.denoising.solver import follow

AXES = 64
MEANS = np.linspace(-1, 1, AXES)[:, None] + np.array([-0.6, 0.5])
SHARE, WIDTH = np.array([0.35, 0.65]), 0.2
HIGH, LOW = 10.0, 0.02
QUANTILES = (np.arange(400) + 0.5) / 400


def cdf(x, sigma, means):
    return (SHARE * stats.norm.cdf((x[..., None] - means) / np.hypot(WIDTH, sigma))).sum(-1)


def at_quantiles(sigma, means):
    """Invert the distribution function of the noisy data."""
    reach = 8 * np.hypot(WIDTH, sigma) + 2

    def lacks(x, share):
        return cdf(np.array(x), sigma, means) - share

    return np.array([optimize.brentq(lacks, -reach, reach, (share,), xtol=1e-13) for share in QUANTILES])


def denoiser(means):
    """Return the mean of the posterior, exactly."""

    def guess(x, sigma):
        from keras import ops

        total = WIDTH**2 + sigma * sigma
        distance = ops.expand_dims(x, -1) - means
        weights = ops.softmax(np.log(SHARE) - ops.square(distance) / (2 * total))
        return ops.sum(weights * (means + WIDTH**2 / total * distance), axis=-1)

    return guess


def followed(start, means, steps, solver, grid=Edm(rho=3.0)):  # noqa: B008 - frozen
    import tensorflow as tf

    return np.asarray(follow(denoiser(means), tf.constant(start), grid.visited(steps, LOW, HIGH), solver))


@pytest.fixture(scope="module")
def ends():
    """Give start and end of some quantiles of one axis: the flow keeps the order, so it keeps every quantile."""
    means = MEANS[20]
    return means, at_quantiles(HIGH, means), at_quantiles(LOW, means)


@pytest.mark.parametrize(("solver", "order"), [("heun", 2.0), ("euler", 1.0)])
def test_the_error_falls_with_the_order_of_the_solver(ends, solver, order):
    means, start, end = ends
    errors = [np.abs(followed(start, means, steps + 1, solver) - end).mean() for steps in (40, 80, 160)]
    found = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(found, order, atol=0.15)


def test_the_flow_ends_at_the_moments_of_the_data_in_many_dimensions():
    starts = np.stack([at_quantiles(HIGH, means) for means in MEANS[::8]], axis=1)
    found = followed(np.repeat(starts, 8, axis=1), np.repeat(MEANS[::8], 8, axis=0), 120, "heun")
    means = np.repeat(MEANS[::8], 8, axis=0)
    expected = (SHARE * means).sum(1)
    variance = (SHARE * means**2).sum(1) - expected**2 + WIDTH**2 + LOW**2
    assert found.shape == (len(QUANTILES), AXES)
    np.testing.assert_allclose(found.mean(axis=0), expected, atol=1e-3)
    np.testing.assert_allclose(found.var(axis=0), variance, atol=2e-3)  # 400 quantiles lack the ends of the tails


def test_both_grids_follow_the_same_flow(ends):
    means, start, end = ends
    for grid in (Edm(), RectifiedFlow()):
        np.testing.assert_allclose(followed(start, means, 400, "heun", grid), end, atol=2e-3)


def test_the_denoiser_of_a_poisson_flow_tends_to_that_of_diffusion():
    """For points as data both posteriors are known: (|x - y|^2 + sigma^2 D)^(-(N + D) / 2), and a Gaussian."""
    rng = np.random.default_rng(1)
    points, x, sigma = rng.normal(size=(30, 16)), rng.normal(size=(50, 16)), 0.8
    squared = ((x[:, None] - points) ** 2).sum(-1)

    def mean(logits):
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True) @ points

    gaussian = mean(-squared / (2 * sigma**2))
    differences = []
    for dimensions in (2**10, 2**11, 2**12):
        poisson = mean(-(16 + dimensions) / 2 * np.log1p(squared / (sigma**2 * dimensions)))
        differences.append(np.abs(poisson - gaussian).mean())
    np.testing.assert_allclose(np.log2(np.divide(differences[:-1], differences[1:])), 1.0, atol=0.1)
