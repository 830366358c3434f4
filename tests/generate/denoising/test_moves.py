"""Non-leaking augmentation: what is done, and that the network is told."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.denoising.moves import TOLD, moved

MIRROR, DOWN, RIGHT, ZOOM, BRIGHTNESS, CONTRAST = range(TOLD)


@pytest.fixture
def images(rng):
    found = np.full((5, 32, 32, 1), -1, np.float32)
    found[:, 8:24, 8:24] = rng.uniform(-1, 1, (5, 16, 16, 1))
    return found


def change(images, which=None, amount=1.0):
    """Make one change: `amount` in [-1, 1]."""
    numbers = np.full((len(images), 2 * TOLD), 0.99, np.float32)
    numbers[:, TOLD:] = (amount + 1) / 2
    if which is not None:
        numbers[:, which] = 0
    found, told = moved(images, numbers, 0.5)
    return np.asarray(found), np.asarray(told)


def test_nothing_is_changed_and_told_with_probability_zero(images, rng):
    found, told = moved(images, rng.random((5, 2 * TOLD)).astype(np.float32), 0.0)
    np.testing.assert_allclose(found, images, atol=1e-6)
    assert not np.asarray(told).any()


def test_an_image_is_mirrored(images):
    found, told = change(images, MIRROR)
    np.testing.assert_allclose(found, images[:, :, ::-1], atol=1e-5)
    assert (told == np.eye(TOLD)[MIRROR]).all()


@pytest.mark.parametrize(("which", "axis"), [(DOWN, 1), (RIGHT, 2)])
def test_an_image_is_shifted_by_up_to_an_eighth(images, which, axis):
    found, told = change(images, which, amount=0.75)
    np.testing.assert_allclose(found, np.roll(images, 3, axis), atol=1e-5)  # black moves around the edges
    np.testing.assert_allclose(told[:, which], 0.75, rtol=1e-6)


def test_a_zoom_keeps_the_middle_and_changes_the_size():
    disc = np.where(np.hypot(*np.meshgrid(*[np.arange(64) - 31.5] * 2)) < 16, 1.0, -1.0).astype(np.float32)
    for amount in (1.0, -1.0):
        found, _ = change(disc[None, ..., None], ZOOM, amount)
        area = (found > 0).sum() / (disc > 0).sum()
        assert area == pytest.approx(np.exp(2 * 0.18 * amount), rel=0.03)
        np.testing.assert_allclose(found, found[:, ::-1, ::-1], atol=1e-5)


@pytest.mark.parametrize("which", [BRIGHTNESS, CONTRAST])
def test_gray_values_change_and_black_stays(images, which):
    found, _ = change(images, which, 0.5)
    assert np.abs(found - images).max() > 0.02
    np.testing.assert_allclose(found[images == -1], -1, atol=1e-6)


def test_each_image_has_its_own_changes_and_a_share_is_left_alone(rng):
    numbers = rng.random((2000, 2 * TOLD)).astype(np.float32)
    _, told = moved(np.zeros((2000, 4, 4, 1), np.float32), numbers, 0.15)
    told = np.asarray(told)
    assert np.abs(told).max() <= 1
    np.testing.assert_allclose((told != 0).mean(axis=0), 0.15, atol=0.03)
