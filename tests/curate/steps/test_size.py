from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from medcurate.curate.steps import Pad, Picture, Resize
from medcurate.errors import UsageError
from tests.curate.steps.samples import blob, labels


def test_shrinking_averages_areas_like_pillow():
    """Where the factor is whole; else Pillow's box takes whole pixels, OpenCV's parts of them."""
    pixels = blob((300, 150)).astype(np.float32)
    expected = Image.fromarray(pixels).resize((25, 50), Image.Resampling.BOX)
    np.testing.assert_allclose(Resize(size=50).apply(Picture(pixels=pixels)).pixels, expected, rtol=1e-5)


def test_a_whole_factor_gives_the_mean_of_blocks():
    pixels = blob((90, 60)).astype(np.float32)
    out = Resize(size=30).apply(Picture(pixels=pixels))
    np.testing.assert_allclose(out.pixels, pixels.reshape(30, 3, 20, 3).mean((1, 3)), rtol=1e-5)


@pytest.mark.parametrize(("shape", "expected"), [((300, 200), (128, 85)), ((40, 80), (64, 128)), ((3, 1000), (1, 128))])
def test_the_longest_side_fits_and_the_aspect_is_kept(shape, expected):
    assert Resize(size=128).apply(Picture(pixels=np.zeros(shape))).shape == expected


def test_spacing_grows_as_pixels_get_fewer():
    out = Resize(size=50).apply(Picture(pixels=blob((100, 60)), spacing_mm=(0.5, 0.5)))
    assert out.spacing_mm == (1.0, 1.0)


def test_growing_does_not_leave_the_range_of_values():
    pixels = np.zeros((20, 20))
    pixels[8:12, 8:12] = 255
    out = Resize(size=200).apply(Picture(pixels=pixels))
    assert (out.pixels.min(), out.pixels.max()) == (0, 255)


def test_volumes_are_resized_too():
    out = Resize(size=20).apply(Picture(pixels=blob((40, 30, 36)), mask=labels((40, 30, 36)), spacing_mm=(1, 1, 1)))
    assert out.shape == out.mask.shape == (20, 15, 18)
    assert out.spacing_mm == (2, 2, 2)


def test_padding_makes_a_square_with_the_picture_in_the_middle():
    picture = Picture(pixels=np.full((5, 8), 9.0), mask=np.ones((5, 8), int))
    step = Pad(value=1).measure(picture)
    out = step.apply(picture)
    assert out.shape == (8, 8)
    assert (step.before, step.after) == ((1, 0), (2, 0))
    assert (out.pixels[1:6] == 9).all()
    assert (out.pixels[[0, 6, 7]] == 1).all()
    assert (out.mask[[0, 6, 7]] == 0).all()


def test_padding_fills_with_the_background():
    pixels = np.zeros((10, 6))
    pixels[4:6, 2:4] = -3  # z-scores below the background
    assert Pad().apply(Picture(pixels=pixels)).pixels[0, 0] == 0


@pytest.mark.parametrize(("side", "shape"), [(12, (12, 12)), ((6, 20), (10, 20)), (4, (10, 8))])
def test_padding_to_a_side_never_cuts(side, shape):
    assert Pad(side=side).apply(Picture(pixels=blob((10, 8)))).shape == shape


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(UsageError, match="received 0"):
        Resize(size=0)
    with pytest.raises(UsageError, match="expected 2 numbers"):
        Pad(side=(1, 2, 3)).apply(Picture(pixels=blob((10, 8))))
