"""Noise beside its densities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from medcurate.generate.denoising.noise import GaussianNoise, PoissonNoise
from medcurate.learning.random_inputs import draw

SHAPE = (4, 4, 1)
PIXELS = 16


def noise_of(noise, n=4000, sigma=0.7):
    numbers = draw(np.random.default_rng(7), noise.needs(), n)
    return np.asarray(noise.at(numbers, sigma)).reshape(n, -1)


def test_gaussian_noise_has_the_deviation_sigma():
    found = noise_of(GaussianNoise(SHAPE))
    assert stats.kstest(found.ravel() / 0.7, "norm").pvalue > 0.01


@pytest.mark.parametrize("dimensions", [1, 8, 128, 2048])
def test_the_length_of_poisson_noise_has_the_density_of_the_paper(dimensions):
    """R^2 / r^2 N^-1 D follows Fisher's distribution with N and D degrees of freedom (Xu et al. 2023, appendix B)."""
    found = noise_of(PoissonNoise(SHAPE, dimensions))
    squared = (found**2).sum(axis=1) / (0.7**2 * dimensions)
    assert stats.kstest(squared * dimensions / PIXELS, stats.f(PIXELS, dimensions).cdf).pvalue > 0.01


def test_poisson_noise_points_everywhere_alike():
    found = noise_of(PoissonNoise(SHAPE, 8))
    directions = found / np.linalg.norm(found, axis=1, keepdims=True)
    np.testing.assert_allclose(directions.T @ directions / len(directions), np.eye(PIXELS) / PIXELS, atol=5e-3)


def test_poisson_noise_becomes_gaussian_as_dimensions_grow():
    """The mean of R^2 is sigma^2 N D / (D - 2): beyond Gaussian noise by a share that falls as 1 / D."""
    excess = []
    for dimensions in (8, 32, 128):
        ratio = stats.f(PIXELS, dimensions).mean()
        found = (noise_of(PoissonNoise(SHAPE, dimensions), n=40_000, sigma=1.0) ** 2).sum(axis=1).mean() / PIXELS
        assert found == pytest.approx(ratio, rel=0.02)
        excess.append(ratio - 1)
    np.testing.assert_allclose(excess, [2 / 6, 2 / 30, 2 / 126], rtol=1e-6)
    assert stats.kstest(noise_of(PoissonNoise(SHAPE, 10**7), sigma=1.0).ravel(), "norm").pvalue > 0.01
