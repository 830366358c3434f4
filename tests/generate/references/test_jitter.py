"""Moves of images: none at all, of the size that is said, and black where nothing is known."""

from __future__ import annotations

import numpy as np

from medcurate.generate.references import jitter


def spot(row, column, side=64):
    y, x = np.mgrid[:side, :side]
    return (2 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 18) - 1).astype(np.float32)[None, :, :, None]


def center(image):
    weights = image[0, :, :, 0] + 1
    y, x = np.mgrid[: weights.shape[0], : weights.shape[1]]
    return np.array([(weights * y).sum(), (weights * x).sum()]) / weights.sum()


def test_nothing_moves_without_strength(rng):
    images = rng.uniform(-1, 1, (2, 16, 16, 2)).astype(np.float32)
    np.testing.assert_array_equal(jitter.moved(images, rng, 0), images)


def test_a_center_is_shifted_by_the_spread_that_is_said():
    image = spot(31.5, 31.5)
    shifts = np.array([center(jitter.moved(image, np.random.default_rng(k), 1)) - 31.5 for k in range(200)])
    expected = 64 * jitter.SHIFT * np.sqrt(1 + jitter.OWN**2)
    np.testing.assert_allclose(shifts.std(axis=0), expected, rtol=0.2)
    np.testing.assert_allclose(shifts.mean(axis=0), 0, atol=0.3)


def test_images_move_together_more_than_each_alone():
    images = np.concatenate([spot(31.5, 50)] * 2)
    pairs = np.array(
        [
            [center(one[None]) - (31.5, 50) for one in jitter.moved(images, np.random.default_rng(k), 1)]
            for k in range(100)
        ]
    )
    assert np.corrcoef(pairs[:, 0, 0], pairs[:, 1, 0])[0, 1] > 0.8
    assert np.abs(pairs[:, 0] - pairs[:, 1]).max() > 0.1


def test_what_comes_in_is_black_and_values_stay_in_range():
    moved = jitter.moved(np.ones((1, 32, 32, 1), np.float32), np.random.default_rng(3), 3)
    assert moved.min() == -1
    assert moved.max() <= 1
