"""Structure and edges: beside scikit-image, and on images whose differences are known."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from medcurate.generate.families.sharpness import dissimilarity, edge_difference


def test_similarity_is_that_of_scikit_image_at_every_second_window(rng):
    one = rng.uniform(-1, 1, (20, 24))
    two = np.clip(one + rng.normal(scale=0.2, size=one.shape), -1, 1)
    _, every = structural_similarity(
        one, two, win_size=7, data_range=2, use_sample_covariance=False, full=True, gaussian_weights=False
    )
    expected = 1 - every[3:-3:2, 3:-3:2].mean()
    found = dissimilarity(one[None, ..., None].astype(np.float32), two[None, ..., None].astype(np.float32))
    assert float(found) == pytest.approx(expected, abs=1e-4)


def test_equal_images_differ_in_nothing(rng):
    images = rng.uniform(-1, 1, (2, 16, 16, 1)).astype(np.float32)
    assert float(dissimilarity(images, images)) == pytest.approx(0, abs=1e-6)
    assert float(edge_difference(images, images)) == 0


def test_an_edge_counts_and_a_shift_of_all_gray_values_does_not():
    flat, edge = np.zeros((1, 16, 16, 1), np.float32), np.zeros((1, 16, 16, 1), np.float32)
    edge[:, :, 8:] = 0.5
    assert float(edge_difference(flat, flat + 0.3)) == pytest.approx(0, abs=1e-6)
    # One of 15, 7 and 3 differences to the right, and none down; half of each counts.
    assert float(edge_difference(flat, edge)) == pytest.approx(0.5 * (1 / 15 + 1 / 7 + 1 / 3) / 2 / 3, rel=1e-4)
