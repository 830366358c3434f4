"""The default encoder: what changes in an image shows in the block that is meant for it."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.encoders import encoder
from medcurate.errors import UsageError
from tests.evaluate.drawn_slices import slices


def blocks(features):
    """Split features by block."""
    kinds = encoder("classical").blocks
    parts = np.split(features, np.cumsum([block.width for block in kinds])[:-1], axis=1)
    return {block.name: part for block, part in zip(kinds, parts, strict=True)}


def moved(before, after):
    """Return how far each block moved, in units of its spread over images."""
    a, b = blocks(encoder("classical").encode(before)), blocks(encoder("classical").encode(after))
    return {name: np.linalg.norm((b[name] - a[name]).mean(axis=0)) / np.linalg.norm(a[name].std(axis=0)) for name in a}


def test_each_image_is_encoded_alone(rng):
    images = slices(rng, 8)
    made = encoder("classical")
    together = made.encode(images)
    assert together.shape == (8, sum(block.width for block in made.blocks))
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together[3:5], made.encode(images[3:5]))


def test_noise_shows_in_texture(rng):
    images = slices(rng, 30, 64)
    found = moved(images, np.clip(images + rng.normal(0, 15, images.shape), 0, 255).astype(np.uint8))
    assert found["texture"] > 2 * found["intensity"]
    assert found["texture"] > 5


def test_brightness_shows_in_intensity_and_not_in_shape(rng):
    images = slices(rng, 30, 64)
    found = moved(images, (images * 0.6).astype(np.uint8))
    assert found["intensity"] > 2 * found["shape"]


def test_a_turn_shows_in_shape_and_not_in_texture(rng):
    images = slices(rng, 30, 64)
    found = moved(images, np.rot90(images, axes=(1, 2)))
    assert found["shape"] > 4 * found["texture"]


@pytest.mark.parametrize("shape", [(8, 8), (33, 47), (64, 64), (300, 200)])
@pytest.mark.parametrize("gray", [0, 255])
def test_any_size_and_an_empty_image_give_finite_features(shape, gray):
    assert np.isfinite(encoder("classical").encode(np.full((2, *shape), gray, np.uint8))).all()


def test_the_name_says_size_resize_mode_and_range():
    assert encoder("classical").name == "classical[shape 64 px area, texture at own size, 0..255]"


@pytest.mark.parametrize("images", [np.zeros((2, 8, 8)), np.zeros((8, 8), np.uint8), np.zeros((0, 8, 8), np.uint8)])
def test_other_arrays_are_refused(images):
    with pytest.raises(UsageError, match="expected uint8 of shape"):
        encoder("classical").encode(images)
