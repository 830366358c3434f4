"""Standard augmentation: small changes, and no others."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.downstream.augmentation import CHANCE, GAMMA, SHIFT, TURN_DEG, ZOOM, augment, augmented
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


@pytest.mark.parametrize(
    "chance",
    [
        (1, 0.5, 0.5, 0.5, 0.5, 0.5),  # nothing
        (0, 0.5, 0.5, 0.5, 0.5, 0.5),  # mirrored
        (1, 1, 0.5, 0.5, 0.5, 0.5),  # turned
        (1, 0.5, 0, 0.5, 0.5, 0.5),  # smaller
        (1, 0.5, 0.5, 1, 0.2, 0.5),  # moved
        (1, 0.5, 0.5, 0.5, 0.5, 1),  # darker
        (0, 0.1, 0.8, 0.3, 0.9, 0.2),
    ],
)
def test_within_a_step_a_batch_is_changed_as_opencv_does(chance, rng):
    pytest.importorskip("tensorflow")
    # Smooth images: OpenCV rounds places to 1/32 of a pixel.
    images = np.stack([cv2.GaussianBlur(image, (0, 0), 2) for image in slices(rng, 2)])
    batch = images[..., None].astype(np.float32) / 127.5 - 1
    found = np.asarray(augmented(batch, np.tile(np.array(chance, np.float32), (2, 1))))
    flip, turn, zoom, right, down, gamma = 2 * np.array(chance) - 1
    height, width = images.shape[1:]
    map_ = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn * TURN_DEG, 1 + zoom * ZOOM)
    map_[:, 2] += right * SHIFT * width, down * SHIFT * height
    for image, new in zip(images, found, strict=True):
        source = np.ascontiguousarray(image[:, ::-1]) if flip < 0 else image
        moved = cv2.warpAffine(source.astype(np.float32), map_, (width, height)) / 255
        expected = 2 * moved ** (1 + gamma * GAMMA) - 1
        assert np.abs(new[..., 0] - expected).mean() < 0.005
    assert CHANCE.shape == (6,)


def alike(one, other):
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
