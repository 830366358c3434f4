from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from tools.plane_training.outside_brain import add_head, end_view


@pytest.fixture
def brain():
    rows, columns = np.mgrid[:128, :128]
    return (np.hypot(rows - 50, columns - 64) < 32).astype(np.float32)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_head_surrounds_the_brain_and_leaves_it(rng, brain, plane):
    distance = ndimage.distance_transform_edt(brain == 0).astype(np.float32)
    for _ in range(30):
        image = add_head(rng, brain * 0.6, brain, distance, fluid=0.3, plane=plane)
        assert image.dtype == np.float32
        assert image.shape[1] == 128
        assert np.isfinite(image).all()
        ring = (distance > 0) & (distance < 10)
        assert image[ring[: len(image)]].mean() > 0
        kept = brain[: len(image)] > 0
        assert (image[kept] == np.float32(0.6)).mean() > 0.7  # a view may end within the brain


def test_necks_are_only_drawn_across(rng, brain):
    distance = ndimage.distance_transform_edt(brain == 0).astype(np.float32)
    below = {"axial": 0, "coronal": 0}
    for plane in below:
        for _ in range(30):
            image = add_head(rng, brain * 0.6, brain, distance, fluid=0.3, plane=plane)
            below[plane] += int(image.shape[0] > 115 and image[112:116, 56:72].any())
    assert below["axial"] == 0
    assert below["coronal"] > 3


def test_the_view_ends_in_black_or_there(rng):
    image = np.ones((128, 128), np.float32)
    ends = [end_view(rng, image, 90) for _ in range(40)]
    assert {end.shape for end in ends} == {(90, 128), (128, 128)}
    assert all(not end[90:].any() and end[:90].all() for end in ends)
    assert image.all()
