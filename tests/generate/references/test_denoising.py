"""The denoiser beside its formula, and the two ends of its window: a whole image, and a mixture of pieces."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.references.denoising import (
    joined,
    nearest_images,
    noise_levels,
    posterior_mean,
    window_means,
    window_side,
)


@pytest.fixture
def images(rng):
    return rng.uniform(-1, 1, (16, 16, 3, 2)).astype(np.float32)


def test_noise_falls_as_in_equation_5_of_karras():
    levels = noise_levels(12)
    assert levels[0] == pytest.approx(12)
    assert levels[-1] == pytest.approx(0.02)
    assert levels[4] == pytest.approx((12 ** (1 / 5) + 4 / 11 * (0.02 ** (1 / 5) - 12 ** (1 / 5))) ** 5)
    assert noise_levels(1) == [12]


def test_a_window_is_odd_and_within_the_image():
    assert [window_side(sigma, 16, 64) for sigma in (12, 2, 1, 0.25, 0.02)] == [63, 33, 17, 5, 3]
    assert window_side(0.5, 16, 128) == 17  # as much of the image as at 64 pixels with twice the noise
    assert window_side(12, 16, 9) == 7


def test_the_mean_is_that_of_bayes_for_a_window(images, rng):
    x, sigma, side = rng.normal(size=(16, 16, 2)).astype(np.float32), 0.7, 5
    squares = ((images - x[:, :, None]) ** 2).sum(axis=3)
    for row, column in ((2, 2), (8, 5), (13, 13)):
        window = squares[row - 2 : row + 3, column - 2 : column + 3].sum(axis=(0, 1))
        weights = np.exp(-window / (2 * sigma**2))
        expected = (weights[:, None] / weights.sum() * images[row, column]).sum(axis=0)
        np.testing.assert_allclose(posterior_mean(x, images, sigma, side)[row, column], expected, atol=2e-5)
        np.testing.assert_allclose(window_means(x, images, side)[row, column], window / 25, rtol=1e-5)


def test_a_wide_window_repeats_one_image_and_a_narrow_one_mixes_them(images, rng):
    levels = noise_levels(12)
    noise = np.float32(12) * rng.standard_normal((16, 16, 2), dtype=np.float32)
    whole, pieces = joined(noise, images, levels, 1e6), joined(noise, images, levels, 0)
    distances = [[np.abs(drawn - images[:, :, k]).max() for k in range(3)] for drawn in (whole, pieces)]
    assert min(distances[0]) < 1e-3
    assert min(distances[1]) > 0.5
    counted = [nearest_images(drawn, images)[0] for drawn in (whole, pieces)]
    assert counted[0].max() == 256
    assert (counted[1] > 25).sum() >= 2


def test_shares_are_those_of_the_head(rng):
    """Left and right half of a head from two images: half of its pixels each; the background does not count."""
    images = np.full((32, 32, 2, 1), -1, np.float32)
    images[8:24, 8:24] = rng.uniform(-0.5, 1, (16, 16, 2, 1))
    image = np.concatenate([images[:, :16, 0], images[:, 16:, 1]], axis=1)
    found, total = nearest_images(image, images)
    assert total == 256
    assert abs(int(found[0]) - 128) <= 32  # windows that reach over the border may go to either
    assert nearest_images(np.full((32, 32, 1), -1, np.float32), images)[1] == 1024  # no head: all pixels
