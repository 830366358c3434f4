"""A volume that is resampled shows the same places, and its affine says where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.dataset.samples.grids import box_affine, in_box, in_range, same_grid, spacing_of
from tests.dataset.samples.sample_folders import AFFINE


def test_spacing_is_the_length_of_the_columns():
    turned = AFFINE.copy()
    turned[:3, :3] = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]) @ AFFINE[:3, :3]
    assert spacing_of(AFFINE).tolist() == spacing_of(turned).tolist() == [2, 1, 3]


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
@pytest.mark.parametrize("box", [(10, 10, 10), (24, 12, 18)])
def test_a_blob_stays_at_its_place_in_millimeters(kind, box):
    shape = (9, 18, 6)
    voxels = np.full(shape, -1 if kind == "f4" else 0, kind)
    voxels[3:6, 6:12, 2:4] = 1 if kind == "f4" else 200
    found = in_box(voxels, spacing_of(AFFINE), box, nearest=True)
    assert (found.shape, found.dtype) == (box, np.dtype(kind))
    before, after = (
        affine @ [*np.argwhere(array > 0).mean(axis=0), 1]
        for affine, array in ((AFFINE, voxels), (box_affine(AFFINE, shape, box), found))
    )
    np.testing.assert_allclose(after, before, atol=1.0)
    spacing = spacing_of(box_affine(AFFINE, shape, box))
    np.testing.assert_allclose(spacing, spacing[0])


@settings(deadline=None, max_examples=30)
@given(st.tuples(*[st.integers(2, 20)] * 3), st.tuples(*[st.integers(4, 20)] * 3), st.tuples(*[st.floats(0.5, 3)] * 3))
def test_the_center_stays_and_the_volume_fits(shape, box, spacing):
    affine = np.diag([*spacing, 1.0])
    new = box_affine(affine, shape, box)
    center = affine @ [*((np.array(shape) - 1) / 2), 1]
    np.testing.assert_allclose(new @ [*((np.array(box) - 1) / 2), 1], center, atol=1e-9)
    extent, room = np.array(shape) * spacing, np.array(box) * spacing_of(new)
    assert (extent <= room + 1e-9).all()
    assert np.isclose(extent, room).any()


def test_a_box_of_the_same_shape_and_cubic_voxels_changes_nothing(rng):
    voxels = rng.integers(0, 255, (6, 6, 6), dtype=np.uint8)
    np.testing.assert_array_equal(in_box(voxels, np.ones(3), (6, 6, 6), nearest=False), voxels)
    np.testing.assert_allclose(box_affine(np.eye(4), (6, 6, 6), (6, 6, 6)), np.eye(4))


def test_a_ball_stays_a_ball_in_its_place():
    x, y, z = np.mgrid[:40, :20, :80]
    spacing = np.array([1.0, 2.0, 0.5])
    ball = (((x - 19.5) ** 2 + (2 * (y - 9.5)) ** 2 + (0.5 * (z - 39.5)) ** 2) < 10**2).astype(np.uint8)
    cube = in_box(ball, spacing, (40, 40, 40), nearest=True)
    x, y, z = np.mgrid[:40, :40, :40] - 19.5
    assert np.mean(cube == (x**2 + y**2 + z**2 < 10**2)) > 0.99
    assert set(np.unique(cube)) == {0, 1}


def test_nearest_brings_no_new_value(rng):
    labels = rng.choice([0, 3, 200], (7, 9, 5)).astype(np.uint16)
    assert set(np.unique(in_box(labels, np.array([1, 2, 3.0]), (16, 16, 16), nearest=True))) <= {0, 3, 200}


def test_grids_agree_by_the_places_of_their_corners():
    moved, stretched = AFFINE.copy(), AFFINE.copy()
    moved[0, 3] += 0.05
    stretched[0, 0] += 0.05
    assert same_grid(AFFINE, moved, (9, 9, 9))
    assert same_grid(AFFINE, stretched, (2, 2, 2))
    assert not same_grid(AFFINE, stretched, (9, 9, 9))


def test_integers_of_eight_and_sixteen_bits_stay(rng):
    for kind in (np.uint8, np.uint16):
        voxels = rng.integers(0, 255, (4, 4, 4)).astype(kind)
        assert in_range(voxels, None).dtype == kind
        np.testing.assert_array_equal(in_range(voxels, None), voxels)
    assert in_range(np.full((2, 2, 2), 0x1234, np.uint16), 8).tolist() == np.full((2, 2, 2), 0x12).tolist()


@pytest.mark.parametrize("kind", [np.int16, np.float32, np.float64])
def test_other_types_are_scaled_by_percentiles(rng, kind):
    voxels = (rng.normal(0, 100, (20, 20, 20)) - 50).astype(kind)
    found, low, high = in_range(voxels, None), *np.percentile(voxels, [0.5, 99.5])
    assert (found.dtype, found.min(), found.max()) == (np.float32, -1, 1)
    middle = (voxels > low) & (voxels < high)
    np.testing.assert_allclose((found[middle] + 1) / 2 * (high - low) + low, voxels[middle], atol=1e-3)
    eight = in_range(voxels, 8)
    assert eight.dtype == np.uint8
    assert np.abs(eight - (found + 1) * 127.5).max() <= 0.51


def test_numbers_that_are_none_are_the_ends_of_the_range():
    voxels = np.array([0.0, 1.0, np.nan, np.inf, -np.inf] * 50, np.float32).reshape(10, 5, 5)
    found = in_range(voxels, None)
    assert np.isfinite(found).all()
    assert in_range(np.full((2, 2, 2), np.nan, np.float32), None).tolist() == np.full((2, 2, 2), -1.0).tolist()
