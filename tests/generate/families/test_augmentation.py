"""What differentiable augmentation does to images."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.families.augmentation import NUMBERS, augmentation, needed
from medcurate.generate.training.defaults import AUGMENT
from medcurate.learning.random_inputs import draw


def changed(images, names, numbers):
    return np.asarray(augmentation(names)(images, np.asarray(numbers, np.float32)))


@pytest.fixture
def images(rng):
    return rng.uniform(-1, 1, (3, 16, 16, 1)).astype(np.float32)


def middle(n=3, **others):
    numbers = np.full((n, NUMBERS), 0.5, np.float32)
    for place, value in others.items():
        numbers[:, int(place[1:])] = value
    return numbers


def test_nothing_is_changed_without_a_name(images, rng):
    np.testing.assert_array_equal(changed(images, (), rng.random((3, NUMBERS))), images)


def test_brightness_is_added_and_contrast_multiplied(images):
    np.testing.assert_allclose(changed(images, ("color",), middle(_0=0.9)), images + 0.4, atol=1e-6)
    mean = images.mean((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(changed(images, ("color",), middle(_1=0.25)), (images - mean) * 0.75 + mean, atol=1e-6)


@pytest.mark.parametrize(("number", "shift"), [(0.0, -2), (0.5, 0), (0.99, 2)])
def test_translation_moves_whole_pixels_and_fills_with_background(images, number, shift):
    found = changed(images, ("translation",), middle(_2=number))
    expected = np.full_like(images, -1)
    for row in range(16):
        if 0 <= row + shift < 16:
            expected[:, row] = images[:, row + shift]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    turned = changed(images.transpose(0, 2, 1, 3), ("translation",), middle(_3=number))
    np.testing.assert_allclose(turned, expected.transpose(0, 2, 1, 3), atol=1e-6)


def test_the_cutout_is_a_square_of_half_the_side(images):
    found = changed(images, ("cutout",), middle())
    hole = found == 0
    assert hole.sum(axis=(1, 2, 3)).tolist() == [64, 64, 64]
    np.testing.assert_array_equal(found[~hole], images[~hole])


def test_each_image_has_its_own_change(images, rng):
    same = np.repeat(images[:1], 3, axis=0)
    found = changed(same, AUGMENT, draw(rng, {"change": needed()}, 3)["change"])
    assert np.abs(found[0] - found[1]).max() > 0.05
    assert np.abs(found[1] - found[2]).max() > 0.05


def test_the_gradient_flows_through_every_change(images, rng):
    import tensorflow as tf

    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(augmentation(AUGMENT)(x, tf.constant(rng.random((3, NUMBERS)), tf.float32)))
    gradient = np.asarray(tape.gradient(total, x))
    assert (np.abs(gradient) > 0).mean() > 0.4
