"""The picture of a training: where each image stands, real ones first, generated ones by class."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.callbacks.sample_sheet import STRIP, SheetLabels, labeled_sheet, sheet


@pytest.mark.parametrize(("n", "channels"), [(16, 1), (5, 1), (3, 2), (8, 3)])
def test_image_k_stands_in_row_k_over_8(rng, n, channels):
    images = rng.integers(1, 256, (n, 4, 6, channels), np.uint8)
    laid = sheet(images)
    assert laid.shape == (-(-n // 8) * 4, 8 * 6 * channels)
    for k in range(n):
        for channel in range(channels):
            row, column = 4 * (k // 8), 6 * ((k % 8) * channels + channel)
            np.testing.assert_array_equal(laid[row : row + 4, column : column + 6], images[k, ..., channel])
    assert np.count_nonzero(laid) == images.size  # what is left is black


def test_real_images_come_first_under_their_word(rng):
    real, made = (rng.integers(0, 256, (n, 32, 32, 1), np.uint8) for n in (9, 16))
    laid = labeled_sheet(made, SheetLabels(real))
    assert laid.shape == (2 * STRIP + 3 * 32, 8 * 32)
    np.testing.assert_array_equal(laid[STRIP : STRIP + 32], sheet(real[:8]))
    np.testing.assert_array_equal(laid[2 * STRIP + 32 :], sheet(made))
    for top in (0, STRIP + 32):
        strip = laid[top : top + STRIP]
        assert strip.min() < 100  # text
        assert np.median(strip) == 255


def test_each_class_begins_a_row_under_its_name(rng):
    real, made = (rng.integers(0, 256, (n, 32, 32, 1), np.uint8) for n in (4, 12))
    labels = tuple("ba"[k % 3 == 0] for k in range(12))
    laid = labeled_sheet(made, SheetLabels(real, ("a", "a", "b", "b"), labels))
    assert laid.shape == (4 * STRIP + 3 * 32, 8 * 32)
    first = 3 * STRIP + 32
    np.testing.assert_array_equal(laid[first : first + 32], sheet(made[[0, 3, 6, 9]]))
    np.testing.assert_array_equal(laid[first + 32 + STRIP :], sheet(made[[1, 2, 4, 5, 7, 8, 10, 11]]))


def test_of_volumes_the_middle_is_shown_and_long_or_foreign_names_are_cut(rng):
    volumes = rng.integers(0, 256, (2, 8, 16, 16, 1), np.uint8)
    name = "Ünbekannt and very long " * 9
    laid = labeled_sheet(volumes, SheetLabels(volumes, (name, ""), (name, name)))
    assert laid.shape == (3 * STRIP + 2 * 16, 8 * 16)
    np.testing.assert_array_equal(laid[-16:, :16], volumes[0, 4, ..., 0])
