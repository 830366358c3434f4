"""What differentiable augmentation does to images."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.families.augmentation import augmentation, needed
from medcurate.generate.training.defaults import AUGMENT
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.random_inputs import draw

NUMBERS = 6
SPEC = ImageSpec((16, 16))


def changed(images, names, numbers):
    return np.asarray(augmentation(names)({"target": images}, np.asarray(numbers, np.float32))["target"])


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
    found = changed(same, AUGMENT, draw(rng, {"change": needed(SPEC)}, 3)["change"])
    assert np.abs(found[0] - found[1]).max() > 0.05
    assert np.abs(found[1] - found[2]).max() > 0.05


def test_the_gradient_flows_through_every_change(images, rng):
    import tensorflow as tf

    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(
            augmentation(AUGMENT)({"target": x}, tf.constant(rng.random((3, NUMBERS)), tf.float32))["target"]
        )
    gradient = np.asarray(tape.gradient(total, x))
    assert (np.abs(gradient) > 0).mean() > 0.4


def test_all_columns_of_an_example_move_alike(rng):
    """In 3-D and not cubic: a map that is a copy of the image shows where its voxels went."""
    volume = rng.uniform(-1, 1, (4, 8, 16, 24, 1)).astype(np.float32)
    spec = ImageSpec((8, 16, 24))
    numbers = draw(rng, {"change": needed(spec)}, 4)["change"]
    assert numbers.shape == (4, 8)
    columns = {"target": volume, "source": volume + 0.0, "mask": volume + 0.0}
    found = augmentation(AUGMENT)(columns, numbers, maps=("mask",))
    target, source, mask = (np.asarray(found[name]) for name in columns)
    np.testing.assert_array_equal(source, target)
    moved = np.asarray(augmentation(("translation",))({"mask": volume}, numbers)["mask"])
    np.testing.assert_array_equal(mask, moved)
    assert np.abs(moved - volume).max() > 0.5
    assert np.abs(target - moved).max() > 0.1


def test_a_box_of_half_of_each_side_is_cut_out_of_a_volume(rng):
    volume = rng.uniform(0.5, 1, (2, 8, 16, 24, 1)).astype(np.float32)
    numbers = np.full((2, 8), 0.5, np.float32)
    found = np.asarray(augmentation(("cutout",))({"target": volume}, numbers)["target"])
    assert (found == 0).sum(axis=(1, 2, 3, 4)).tolist() == [4 * 8 * 12] * 2


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_volume_moves_along_each_axis(rng, axis):
    volume = rng.uniform(-1, 1, (1, 8, 16, 24, 1)).astype(np.float32)
    numbers = np.full((1, 8), 0.5, np.float32)
    numbers[:, 2 + axis] = 0.0
    reach = volume.shape[1 + axis] // 8
    expected = np.full_like(volume, -1)
    kept, source = (np.moveaxis(one, 1 + axis, 1) for one in (expected, volume))
    kept[:, reach:] = source[:, :-reach]
    found = np.asarray(augmentation(("translation",))({"target": volume}, numbers)["target"])
    np.testing.assert_allclose(found, expected, atol=1e-6)
