from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.naturalness import (
    N_FEATURES,
    NaturalnessModel,
    asymmetric_fit,
    normalized,
    patch_features,
    patch_size,
)
from tests.evaluate.drawn_slices import slices
from tests.evaluate.paired.pair_samples import pair

# Recorded from scikit-video 1.1.11 (BSD), utils.mscn and utils.stats, on pair((192, 200), 7)[0], border repeated:
# shape, mean, scale left, scale right of the first 96 x 96 pixels, and of their products with four neighbors.
OF_PATCH = (2.743, 1.2539277)
OF_PRODUCTS = (
    (0.952, -0.09717902, 0.41372057, 0.32337455),
    (0.961, -0.09796179, 0.41991154, 0.32751622),
    (0.915, -0.05058147, 0.37276361, 0.32861828),
    (0.925, -0.06057390, 0.38343538, 0.32962311),
)
NORMALIZED = (-1.3651098, -0.01715193, 0.69751173, -0.40026546)
SPREAD = (12.127416, 12.795416, 12.085389, 10.457316)


def test_normalized_values_are_those_of_scikit_video():
    values, spread = normalized(pair((192, 200), 7)[0])
    np.testing.assert_allclose(values[10, 10:14], NORMALIZED, atol=2e-5)
    np.testing.assert_allclose(spread[10, 10:14], SPREAD, atol=2e-4)


def test_fits_are_those_of_scikit_video():
    patch = normalized(pair((192, 200), 7)[0])[0][None, :96, :96]
    shape, _, left, right = (float(found[0]) for found in asymmetric_fit(patch))
    assert (shape, (left + right) / 2) == pytest.approx(OF_PATCH, abs=1e-5)
    for shift, expected in zip(((0, 1), (1, 0), (1, 1), (1, -1)), OF_PRODUCTS, strict=True):
        found = asymmetric_fit(patch * np.roll(patch, shift, (1, 2)))
        assert [float(one[0]) for one in found] == pytest.approx(expected, abs=1e-5)


def test_the_fit_finds_the_shape_that_numbers_were_drawn_from(rng):
    gauss, laplace = rng.normal(0, 2, (1, 200_000)), rng.laplace(0, 1, (1, 200_000))
    shape, mean, left, right = np.hstack([asymmetric_fit(gauss), asymmetric_fit(laplace)])
    np.testing.assert_allclose(shape, [2, 1], atol=0.03)
    np.testing.assert_allclose(mean, 0, atol=0.02)
    np.testing.assert_allclose(left, [2 * np.sqrt(2), 1], rtol=0.03)
    np.testing.assert_allclose(right, left, rtol=0.03)


def test_an_empty_half_has_no_fit():
    assert all(np.isnan(found).all() for found in asymmetric_fit(np.ones((1, 8))))


def heads(rng, n, size=64):
    return slices(rng, n, size)


def blurred(images, sigma):
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


def test_real_images_are_nearest_and_blur_and_noise_are_farther(rng):
    real, held_out = heads(rng, 80), heads(rng, 20)
    model = NaturalnessModel.fit([real[:40], real[40:]], 64)
    noisy = np.clip(held_out + rng.normal(0, 25, held_out.shape), 0, 255).astype(np.uint8)

    def mean(images):
        return np.mean([model.score(image) for image in images])

    floor = mean(held_out)
    assert mean(blurred(held_out, 1.5)) > 1.3 * floor
    assert mean(noisy) > 1.1 * floor
    assert (model.n_images, model.patch) == (80, 16)


def test_a_set_like_the_model_is_at_no_distance(rng):
    features = np.concatenate([patch_features(image, 16, only_sharp=True) for image in heads(rng, 60)])
    model = NaturalnessModel(features.mean(0), np.cov(features.T), 16, len(features), 60)
    assert model.distance(features) == pytest.approx(0, abs=1e-9)
    moved = features + features.std(0)
    by_hand = np.sqrt(features.std(0) @ np.linalg.pinv(model.covariance) @ features.std(0))
    assert model.distance(moved) == pytest.approx(by_hand, rel=1e-6)


def test_a_feature_that_never_varies_does_not_break_it(rng):
    features = rng.normal(size=(100, N_FEATURES))
    features[:, 5] = 1
    model = NaturalnessModel(features.mean(0), np.cov(features.T), 16, 100, 10)
    assert np.isfinite(model.distance(features + 0.1))


def test_background_has_no_patches(rng):
    image = heads(rng, 1)[0]
    assert patch_features(np.zeros((64, 64), np.uint8), 16).shape == (0, N_FEATURES)
    assert 0 < len(patch_features(image, 16, only_sharp=True)) <= len(patch_features(image, 16)) < 16


def test_an_empty_image_has_no_score(rng):
    model = NaturalnessModel.fit([heads(rng, 40)], 64)
    assert np.isnan(model.score(np.zeros((64, 64), np.uint8)))


def test_patches_follow_the_size():
    assert [patch_size(size) for size in (32, 64, 128, 240, 512)] == [16, 16, 32, 60, 96]
    with pytest.raises(UsageError, match="32 pixels a side or more"):
        patch_size(31)


def test_too_few_real_images_are_named(rng):
    with pytest.raises(UsageError, match="expected 72 patches of 16 pixels"):
        NaturalnessModel.fit([heads(rng, 3)], 64)
