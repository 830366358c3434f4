"""Standard augmentation: small changes, and no others."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.downstream.augmentation import augment
from tests.evaluate.drawn_slices import slices


def test_images_change_a_little_and_stay_what_they_are(rng):
    images = slices(rng, 20)
    changed = augment(images, np.random.default_rng(1))
    assert changed.shape == images.shape
    assert changed.dtype == np.uint8
    assert all((new != old).any() for new, old in zip(changed, images, strict=True))
    either = [max(alike(new, old), alike(new, old[:, ::-1])) for new, old in zip(changed, images, strict=True)]
    assert min(either) > 0.6
    np.testing.assert_allclose(changed.mean(axis=(1, 2)), images.mean(axis=(1, 2)), rtol=0.35)


def test_half_of_them_are_mirrored(rng):
    image = np.zeros((32, 32), np.uint8)
    image[8:24, 2:12] = 200
    changed = augment(np.repeat(image[None], 200, axis=0), np.random.default_rng(1))
    left = changed[:, :, :16].sum(axis=(1, 2)) > changed[:, :, 16:].sum(axis=(1, 2))
    assert 70 < left.sum() < 130


def test_the_generator_of_chance_decides(rng):
    images = slices(rng, 3)
    first, same, other = (augment(images, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_no_images_give_no_images():
    assert augment(np.zeros((0, 8, 8), np.uint8), np.random.default_rng(0)).shape == (0, 8, 8)


def alike(one, other):
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
