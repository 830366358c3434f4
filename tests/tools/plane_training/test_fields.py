from __future__ import annotations

import numpy as np
import pytest

from tools.plane_training.fields import lookup_table, recolor, smooth_field, texture


def test_smooth_field_has_its_shape_and_no_fine_detail(rng):
    field = smooth_field(rng, (60, 90), 4, 1.0)
    assert field.shape == (60, 90)
    assert field.dtype == np.float32
    assert np.abs(np.diff(field)).max() < 0.2 * np.ptp(field)


@pytest.mark.parametrize("sigma_px", [0.6, 1.5, 3.0])
def test_texture_is_as_strong_whatever_its_grain(rng, sigma_px):
    assert 0.1 < texture(rng, (128, 128), sigma_px, 0.05).std() / 0.05 < 0.8


def test_curves_stay_between_black_and_white_and_differ(rng):
    curves = np.stack([lookup_table(rng) for _ in range(200)])
    assert curves.shape == (200, 256)
    assert curves.min() >= 0
    assert np.allclose(curves.max(axis=1), 1)
    falling = np.mean([np.diff(curve).min() < 0 for curve in curves])
    assert 0.3 < falling < 0.7  # about half of them give tissues another order of brightness


def test_recolor_takes_any_gray_values(rng):
    image = recolor(rng, np.array([[-3.0, 0.0], [255.0, 300.0]], np.float32))
    assert image[0, 0] == image[0, 1]
    assert image[1, 0] == image[1, 1]
