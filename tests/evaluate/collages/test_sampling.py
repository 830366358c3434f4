"""Gray values between pixels."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.collages.sampling import DOWN, RIGHT, normalized, sampled


def test_a_plane_is_read_exactly_between_its_pixels(rng):
    y, x = np.mgrid[:64, :64].astype(np.float32)
    pictures = np.stack([2 * x + 3 * y, -x])
    places = rng.uniform(1, 62, (2, 2, 5)).astype(np.float32)
    found = sampled(pictures, np.array([0, 1]), places[0], places[1])
    np.testing.assert_allclose(found[0], 2 * places[1, 0] + 3 * places[0, 0], rtol=1e-4)
    np.testing.assert_allclose(found[1], -places[1, 1], rtol=1e-4)


def test_outside_the_border_counts():
    picture = np.arange(64, dtype=np.float32)[None, None].repeat(64, 1)
    beyond = np.array([[-9.0, 99.0]], np.float32)
    assert sampled(picture, np.array([0]), np.full((1, 2), 5, np.float32), beyond)[0] == pytest.approx(
        [0, 63], abs=0.01
    )


def test_normalized_windows_know_no_gain_and_offset(rng):
    window = rng.normal(0, 1, (3, 256)).astype(np.float32)
    np.testing.assert_allclose(normalized(3 * window + 7), normalized(window), atol=1e-5)
    assert (DOWN.mean(), RIGHT.mean(), DOWN.max()) == (0, 0, 7.5)
