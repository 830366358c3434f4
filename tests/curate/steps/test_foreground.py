from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.steps.foreground import background, box_of, foreground, foreground_box, threshold
from tests.curate.steps.samples import blob


@pytest.mark.parametrize("shape", [(100, 120), (500, 410), (40, 50, 60), (110, 100, 120)])
def test_the_box_holds_the_bright_ball_and_little_else(shape):
    pixels = blob(shape).astype(np.float32)
    for (start, stop), size in zip(foreground_box(pixels), shape, strict=True):
        assert start == pytest.approx(0.2 * size, abs=0.03 * size + 1)
        assert stop == pytest.approx(0.8 * size, abs=0.03 * size + 1)


@pytest.mark.parametrize(("factor", "shift"), [(2.0, 0.0), (4.0, -512.0), (0.25, 64.0)])
def test_scaling_and_shifting_all_values_changes_nothing(factor, shift):
    pixels = np.rint(blob((64, 64))).astype(np.float32)
    moved = pixels * np.float32(factor) + np.float32(shift)
    assert (foreground(moved) == foreground(pixels)).all()
    assert foreground_box(moved) == foreground_box(pixels)


def test_letters_in_a_corner_are_no_foreground():
    pixels = blob((200, 200)).astype(np.float32)
    before = foreground_box(pixels)
    pixels[4:9, 4:24] = 200
    assert foreground_box(pixels) == before


def test_a_gray_but_even_background_is_one():
    pixels = blob((120, 120)).astype(np.float32) + 60
    pixels[0, :] = 0  # black somewhere, so that gray is not the least value
    assert foreground_box(pixels)[0][0] > 10


def test_a_tight_picture_with_a_bright_tumor_is_kept_whole(rng):
    pixels = rng.normal(70, 25, (160, 160)).clip(0, 255).astype(np.float32)
    pixels[:90, 40:120] = 250
    assert foreground_box(pixels) == ((0, 160), (0, 160))


@pytest.mark.parametrize("value", [0.0, -3.5, 1e30])
def test_where_all_is_equal_there_is_none(value):
    pixels = np.full((20, 30), value, np.float32)
    assert threshold(pixels) is None
    assert not foreground(pixels).any()
    assert foreground_box(pixels) is None


def test_a_lone_bright_pixel_is_none():
    pixels = np.zeros((100, 100), np.float32)
    pixels[50, 50] = 1
    assert foreground_box(pixels) is None


def test_background_is_what_most_of_the_border_has():
    """Skull-stripped and z-normalized: background is 0 though tissue goes below."""
    pixels = np.zeros((10, 10), np.float32)
    pixels[4:6, 4:6] = -3
    assert background(pixels) == 0


def test_background_of_a_busy_border_is_the_least_value(rng):
    pixels = rng.random((10, 12, 14)).astype(np.float32)
    assert background(pixels) == pixels.min()


def test_box_of_labels():
    mask = np.zeros((5, 6, 7), np.uint8)
    assert box_of(mask) is None
    mask[1, 2, 3] = mask[3, 2, 6] = 4
    assert box_of(mask) == ((1, 4), (2, 3), (3, 7))
