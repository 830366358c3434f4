from __future__ import annotations

import numpy as np
import pytest

from medcurate.phantom.contrast import PLANES
from medcurate.phantom.fields import Grid
from medcurate.phantom.pictures import AXES, choose, cropped, cut, screen, stored


def world(head):
    """Volumes whose values are their own right, anterior, superior coordinates plus 200 mm."""
    shape = head.labels.shape
    return Grid(tuple(head.affine[:3, 3]), shape, head.spacing_mm).points() + 200


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("plane", PLANES)
def test_every_pixel_knows_where_it_lies(head_of, plane, factor):
    head = head_of(0, "none")
    pictures = [cut(coordinate, head, plane, 9) for coordinate in world(head)]
    pictures = [p.enlarged(factor) for p in pictures]
    first = pictures[0]
    along_row, along_column = (np.array(axis) for axis in AXES[plane])
    rows, columns = first.pixels.shape
    for row, column in ((8, 9), (rows // 2, columns // 3), (rows - 9, columns - 8)):
        lps = np.array(first.position_mm) + first.spacing_mm * (column * along_row + row * along_column)
        ras = [p.pixels[row, column] - 200 for p in pictures]
        np.testing.assert_allclose(ras, lps * (-1, -1, 1), atol=0.02)


@pytest.mark.parametrize("plane", PLANES)
def test_chosen_slices_are_equally_far_apart_and_show_the_object(head_of, plane, rng):
    head = head_of(0, "none")
    axis = 2 - PLANES.index(plane)
    area = head.brain.sum(axis=tuple(k for k in range(3) if k != axis))
    for count in (1, 4, 7):
        found = choose(head.brain, plane, count, rng)
        assert len(found) == count
        assert len(set(np.diff(found))) <= 1
        assert area[found].min() > 0.2 * area.max()


def test_choose_gives_fewer_where_there_are_fewer(rng):
    mask = np.zeros((9, 9, 9), bool)
    mask[4:6, 4:6, 4:6] = True
    assert choose(mask, "axial", 5, rng) == [4, 5]


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_stored_values_use_four_fifths_of_the_range(bits):
    values = stored(np.array([[0.0, 0.5, 1.0, 9.0]], np.float32), bits, 1.0)
    top = 2**bits - 1
    np.testing.assert_allclose(values[0], [0, 0.4 * top, 0.8 * top, top], atol=0.51)


@pytest.mark.parametrize("shape", [(40, 60), (60, 40)])
def test_screen_keeps_proportions(shape):
    pixels = np.zeros(shape, np.float32)
    pixels[10:30, 10:30] = 1
    square = screen(pixels, 120)
    assert square.shape == (120, 120)
    rows, columns = (np.flatnonzero((square > 127).any(axis=k)) for k in (1, 0))
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 1
    assert square.max() == 255


def test_cropped_keeps_the_object_and_a_margin():
    pixels = np.zeros((100, 80), np.float32)
    pixels[30:70, 20:60] = 1
    assert cropped(pixels, 0.0).shape == (40, 40)
    assert cropped(pixels, 0.1).shape == (48, 48)
    assert cropped(pixels, 0.9).shape == (100, 80)  # no further than the picture goes
    assert cropped(np.zeros((9, 7), np.float32), 0.1).shape == (9, 7)
