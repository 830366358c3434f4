from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from tools.plane_training.sampling import (
    NORMAL_AXIS,
    SIZE,
    Volume,
    plane_coordinates,
    rotation,
    sample,
    sample_nearest,
)


def _volume(rng, shape=(23, 31, 18), channels=2):
    parts = []
    for _ in range(channels):
        smooth = ndimage.gaussian_filter(rng.uniform(0, 255, tuple(n - 4 for n in shape)), 1.0)
        parts.append(np.pad(smooth.astype(np.uint8), 2))
    return parts, Volume.around(parts, 2.0, parts[0] > 0)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_sample_agrees_with_scipy(rng, channels):
    parts, volume = _volume(rng, channels=channels)
    coordinates = rng.uniform(-3, 33, (3, 40, 50)).astype(np.float32)
    got = sample(volume, coordinates)
    assert got.shape == (channels, 40, 50)
    for k, part in enumerate(parts):
        expected = ndimage.map_coordinates(part.astype(np.float32), coordinates, order=1, mode="nearest")
        assert np.abs(got[k] - expected).max() < 4
        assert abs(float((got[k] - expected).mean())) < 0.1


def test_sample_nearest_agrees_with_indexing(rng):
    parts, volume = _volume(rng, channels=1)
    index = np.stack([rng.integers(0, n, (9, 7)) for n in parts[0].shape])
    coordinates = (index + rng.uniform(-0.4, 0.4, index.shape)).astype(np.float32)
    assert np.array_equal(sample_nearest(volume, coordinates), parts[0][tuple(index)])


def test_outside_a_volume_is_black(rng):
    _, volume = _volume(rng)
    far = np.full((3, 4, 4), 1000, np.float32)
    assert not sample(volume, far).any()
    assert not sample_nearest(volume, -far).any()


def test_a_volume_knows_where_its_content_lies():
    voxels = np.zeros((20, 30, 40), np.uint8)
    voxels[5:10, 10:21, 30:33] = 9
    volume = Volume.around((voxels,), 2.0, voxels > 0)
    assert volume.center_mm.tolist() == [14, 30, 62]
    assert volume.extent_mm.tolist() == [8, 20, 4]


@pytest.mark.parametrize("plane", NORMAL_AXIS)
def test_slices_lie_across_their_axis(rng, plane):
    voxels = np.zeros((60, 70, 80), np.uint8)
    voxels[10:50, 10:60, 10:70] = 1
    volume = Volume.around((voxels,), 3.0, voxels > 0)
    along = []
    for _ in range(20):
        points = plane_coordinates(rng, volume, plane)
        assert points.shape == (3, SIZE, SIZE)
        assert points.dtype == np.float32
        middle = points[:, SIZE // 4 : -SIZE // 4, SIZE // 4 : -SIZE // 4]
        along.append(np.ptp(middle, axis=(1, 2)))
    assert int(np.argmin(np.mean(along, axis=0))) == NORMAL_AXIS[plane]


@pytest.mark.parametrize(("plane", "up"), [("axial", 1), ("coronal", 2), ("sagittal", 2)])
def test_slices_are_upright_as_on_a_screen(rng, plane, up):
    voxels = np.ones((50, 50, 50), np.uint8)
    volume = Volume.around((voxels,), 4.0, voxels > 0)
    points = np.mean([plane_coordinates(rng, volume, plane) for _ in range(20)], axis=0)
    across = 0 if plane != "sagittal" else 1
    assert points[up, 0].mean() > points[up, -1].mean()
    assert points[across, :, 0].mean() > points[across, :, -1].mean()  # right, or front, at the left edge


def test_swelling_shows_more_of_the_middle(rng):
    voxels = np.ones((90, 90, 90), np.uint8)
    volume = Volume.around((voxels,), 2.0, voxels > 0)
    near = {}
    for swell in (False, True):
        draws = [plane_coordinates(rng, volume, "axial", swell_ventricles=swell) for _ in range(60)]
        distance = [np.linalg.norm(points * 2 - 90, axis=0) for points in draws]
        near[swell] = np.mean([np.mean(d < 25) for d in distance])
    assert near[True] > 1.1 * near[False]


def test_rotations_keep_lengths(rng):
    matrix = rotation(rng, 12)
    assert np.allclose(matrix @ matrix.T, np.eye(3))
    assert np.isclose(np.linalg.det(matrix), 1)
