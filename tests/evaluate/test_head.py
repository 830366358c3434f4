from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.evaluate.head import head_mask, head_masks


def disk(size=96, radius=30, level=120, inner=25):
    image = np.zeros((size, size), np.uint8)
    cv2.circle(image, (size // 2, size // 2), radius, level, -1)
    cv2.circle(image, (size // 2, size // 2), radius // 4, inner, -1)  # a dark ventricle
    return image


def truth(size=96, radius=30):
    y, x = np.mgrid[:size, :size] - size // 2
    return np.hypot(x, y) <= radius


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


@pytest.mark.parametrize("noise", [0, 6, 12])
def test_the_head_with_its_holes_filled(rng, noise):
    image = np.clip(disk() + np.abs(rng.normal(0, noise, (96, 96))), 0, 255).astype(np.uint8)
    assert dice(head_mask(image), truth()) > 0.97


def test_letters_beside_the_head_do_not_count():
    image = disk()
    cv2.putText(image, "R", (2, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    assert not head_mask(image)[:16, :16].any()


def test_dark_tissue_counts_beside_bright_fat():
    image = disk(level=50)
    cv2.circle(image, (48, 48), 30, 255, 2)
    assert dice(head_mask(image), truth(radius=31)) > 0.94


def test_a_stripped_brain_is_all_that_is_not_the_background():
    volume = np.full((20, 20, 20), -3.5, np.float32)
    volume[4:16, 5:15, 6:14] = np.random.default_rng(0).normal(0, 1, (12, 10, 8))
    volume[9:11, 9:11, 9:11] = -3.5
    expected = np.zeros((20, 20, 20), bool)
    expected[4:16, 5:15, 6:14] = True
    np.testing.assert_array_equal(head_mask(volume), expected)


def test_a_volume_by_threshold(rng):
    y, x, z = np.mgrid[:32, :32, :32] - 16
    ball = np.hypot(np.hypot(x, y), z) <= 10
    volume = (100 * ball + np.abs(rng.normal(0, 4, ball.shape))).astype(np.float32)
    assert dice(head_mask(volume), ball) > 0.9


@settings(deadline=None, max_examples=20)
@given(st.floats(0.05, 20), st.floats(-100, 100))
def test_a_change_of_scale_changes_nothing(scale, shift):
    rng = np.random.default_rng(0)
    image = (disk() + np.abs(rng.normal(0, 5, (96, 96)))).astype(np.float32)
    assert dice(head_mask(image), head_mask(image * np.float32(scale) + np.float32(shift))) > 0.995


def test_nothing_in_a_flat_picture():
    assert not head_mask(np.full((32, 32), 7, np.uint8)).any()
    assert head_masks(np.stack([np.zeros((32, 32), np.uint8), disk(32, 10)])).any(axis=(1, 2)).tolist() == [False, True]
    assert head_masks(np.zeros((0, 8, 8), np.uint8)).shape == (0, 8, 8)


def test_another_shape_is_named():
    with pytest.raises(ValueError, match="a picture or a volume"):
        head_mask(np.zeros(4))
