from __future__ import annotations

import numpy as np
import pytest

from medcurate.readers.frame import Facts, Frame
from tools.plane_training.stacks import stack_volume

AXES = {  # along a row, along a column (LPS)
    "axial": (1, 0, 0, 0, 1, 0),
    "coronal": (1, 0, 0, 0, 0, -1),
    "sagittal": (0, 1, 0, 0, 0, -1),
}


def _bright(x, y, z):
    """Brightness of a body that is longest from left to right and brightest at the upper right front (LPS, mm)."""
    inside = (x / 60) ** 2 + (y / 45) ** 2 + (z / 38) ** 2 < 1
    return np.where(inside, 100 + 0.5 * (z - x - y), 0)


def _frames(plane, *, count=52, gap=2.5, size=64, pixel=2.5):
    axes = np.array(AXES[plane], float)
    row, column = axes[:3], axes[3:]
    normal = np.cross(row, column)
    start = -(row + column) * (size - 1) * pixel / 2
    steps = np.arange(size) * pixel
    frames = []
    for number in range(count):
        corner = start + normal * (number - (count - 1) / 2) * gap
        points = corner + steps[:, None, None] * column + steps[None, :, None] * row
        facts = Facts(format="dicom", axes=tuple(axes), position_mm=tuple(corner), spacing_mm=(pixel, pixel, gap))
        frames.append(Frame(_bright(*np.moveaxis(points, -1, 0)).astype(np.float32), facts))
    return frames


@pytest.mark.parametrize("plane", AXES)
def test_any_plane_gives_the_same_volume(rng, plane):
    frames = _frames(plane)
    rng.shuffle(frames)
    volume = stack_volume(frames)
    assert volume.spacing_mm == 2.0
    assert volume.extent_mm == pytest.approx([120, 90, 76], abs=8)
    layers = -(-volume.shape[0] // int(np.ceil(np.sqrt(volume.shape[0]))))
    assert volume.atlas.shape[0] == layers * volume.shape[1]
    voxels = _voxels(volume)
    filled = np.argwhere(voxels > 30)
    brightest = np.argwhere(voxels > 245).mean(axis=0) - filled.mean(axis=0)
    assert (brightest > 1).all()  # RAS: towards the right, the front and the top


def _voxels(volume):
    nx, ny, nz = volume.shape
    columns = volume.atlas.shape[1] // nz
    tiles = volume.atlas[..., 0].reshape(-1, ny, columns, nz).swapaxes(1, 2)
    return tiles.reshape(-1, ny, nz)[:nx]


def test_too_few_or_too_distant_slices_make_no_volume():
    assert stack_volume(_frames("axial", count=10)) is None
    assert stack_volume(_frames("axial", count=20, gap=9.0)) is None
    assert stack_volume([]) is None
    bare = [Frame(frame.pixels, Facts(format="png")) for frame in _frames("axial")]
    assert stack_volume(bare) is None
