"""Images are scaled as a whole, centered, and laid out row by row."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.pictures import centered, fit, grid


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (300, 7), (64, 64), (20, 40)])
def test_fit_keeps_the_aspect_ratio(shape):
    small = fit(np.full(shape, 9, np.uint8), 64)
    assert max(small.shape) == 64
    assert (small == 9).all()
    assert min(small.shape) == max(1, round(64 * min(shape) / max(shape)))


@pytest.mark.parametrize(("shape", "scaled"), [((10, 20), (15, 30)), ((40, 20), (30, 15)), ((80, 10), (30, 4))])
def test_the_tighter_side_of_a_rectangle_decides(shape, scaled):
    assert fit(np.ones(shape, np.float32), (30, 30)).shape == scaled
    assert fit(np.ones((10, 20), np.uint8), (30, 40)).shape == (20, 40)
    assert fit(np.ones((20, 10), np.uint8), (30, 40)).shape == (30, 15)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_reduction_averages_and_enlargement_interpolates(dtype):
    columns = np.tile(np.array([0, 200], dtype), (4, 2))
    assert (fit(columns, 2) == 100).all()
    enlarged = fit(columns, 8)
    assert enlarged.dtype == dtype
    assert enlarged[0].tolist() == [0, 50, 150, 150, 50, 50, 150, 200]


def test_a_padded_image_is_centered_on_black():
    square = fit(np.full((10, 20), 200, np.uint8), 40, pad=True)
    assert square.shape == (40, 40)
    assert (square[10:30] == 200).all()
    assert not square[:10].any()
    assert not square[30:].any()
    assert fit(square, 40, pad=True) is square


def test_masks_keep_their_labels():
    mask = np.zeros((10, 20), np.uint8)
    mask[3:6, 4:9] = 4
    assert np.unique(fit(mask, 33, pad=True, nearest=True)).tolist() == [0, 4]


def test_very_narrow_images_keep_a_shortest_side():
    assert fit(np.ones((2, 100), np.float32), 64, least=8).shape == (8, 64)
    assert fit(np.ones((50, 100), np.float32), 64, least=8).shape == (32, 64)
    assert fit(np.ones((2, 100), np.float32), 4, least=8).shape == (4, 4)  # never beyond the rectangle


def test_a_turned_view_can_be_scaled():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal(fit(image[::-1, ::-1], 4), fit(image, 4)[::-1, ::-1])


def test_what_cannot_be_centered_exactly_leans_to_the_upper_left():
    framed = centered(np.ones((2, 3), np.uint16), (5, 8))
    assert framed.dtype == np.uint16
    assert np.argwhere(framed).min(axis=0).tolist() == [1, 2]
    assert np.argwhere(framed).max(axis=0).tolist() == [2, 4]
    assert centered(np.ones((4, 4), np.uint8), 4).all()


@pytest.mark.parametrize(("n", "columns"), [(1, 3), (3, 3), (7, 3), (5, 1)])
@pytest.mark.parametrize("colors", [(), (3,)])
def test_tile_k_stands_in_row_k_over_columns(rng, n, columns, colors):
    tiles = rng.integers(1, 256, (n, 4, 6, *colors), np.uint8)
    sheet = grid(tiles, columns, gap=2)
    rows = -(-n // columns)
    assert sheet.shape == (rows * 6 - 2, columns * 8 - 2, *colors)
    for k in range(n):
        top, left = k // columns * 6, k % columns * 8
        assert np.array_equal(sheet[top : top + 4, left : left + 6], tiles[k])
    assert np.count_nonzero(sheet) == tiles.size  # the rest is black


def test_gaps_and_empty_places_are_filled():
    sheet = grid(np.zeros((3, 4, 4, 3), np.uint8), 2, gap=1, fill=(10, 20, 30))
    assert (sheet[4] == (10, 20, 30)).all()
    assert (sheet[5:, 5:] == (10, 20, 30)).all()
    assert not sheet[:4, :4].any()


def test_a_wider_gap_follows_each_group():
    line = grid(np.full((6, 1, 3), 255, np.uint8), 6, gap=1, group=2)[0] == 255
    edges = np.flatnonzero(np.diff(line.astype(int)))
    assert (edges[1::2] - edges[::2]).tolist() == [1, 4, 1, 4, 1]


@pytest.mark.parametrize(
    "tiles", [np.zeros((0, 8, 8), np.uint8), np.zeros((2, 8, 8), np.float32), np.zeros((8, 8), np.uint8)]
)
def test_what_is_no_tile_is_refused(tiles):
    with pytest.raises(ValueError, match="expected uint8 tiles"):
        grid(tiles, 2)
