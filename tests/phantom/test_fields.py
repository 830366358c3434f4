from __future__ import annotations

import numpy as np
import pytest

from medcurate.phantom.fields import Grid, min_jacobian, random_displacement, smooth_field

GRID = Grid((-60.0, -60.0, -60.0), (41, 41, 41), 3.0)


def test_points_agree_with_the_affine():
    grid = Grid((-10.0, 5.0, 2.0), (3, 4, 5), 2.5)
    index = np.indices(grid.shape).reshape(3, -1)
    expected = grid.affine[:3, :3] @ index + grid.affine[:3, 3:]
    np.testing.assert_allclose(grid.points().reshape(3, -1), expected)


def test_smooth_field_has_about_unit_spread(rng):
    values = np.concatenate([smooth_field(rng, GRID, 12.0).ravel() for _ in range(4)])
    assert abs(values.mean()) < 0.1
    assert 0.9 < values.std() < 1.1


def test_smooth_field_has_no_detail_finer_than_its_scale(rng):
    field = smooth_field(rng, GRID, 30.0)
    assert np.abs(np.diff(field, axis=0)).max() < 0.5  # 3 mm of 30 mm


def test_a_lattice_drawn_at_two_spacings_is_one_field():
    coarse = smooth_field(np.random.default_rng(1), Grid((0.0, 0.0, 0.0), (11, 11, 11), 6.0), 20.0)
    fine = smooth_field(np.random.default_rng(1), Grid((0.0, 0.0, 0.0), (31, 31, 31), 2.0), 20.0)
    np.testing.assert_allclose(fine[::3, ::3, ::3], coarse, atol=1e-5)


def test_jacobian_of_a_known_map():
    x = Grid((0.0, 0.0, 0.0), (5, 5, 5), 2.0).points()
    displacement = np.stack([0.5 * x[0], -0.2 * x[1], 0 * x[2]])
    assert min_jacobian(displacement, 2.0) == pytest.approx(1.5 * 0.8)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("strength", [1.0, 4.0])
def test_displacement_never_folds(seed, strength):
    displacement = random_displacement(np.random.default_rng(seed), GRID, strength=strength)
    assert min_jacobian(displacement, GRID.spacing_mm) > 0.1
    assert np.abs(displacement).max() > 2.0
