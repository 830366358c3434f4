from __future__ import annotations

import numpy as np
import pytest

from tools.plane_training.presentation import GRAY_STEPS, cut_side, present, window, zoom


def _ramp(height=128, width=128):
    return np.linspace(0, 1, height * width, dtype=np.float32).reshape(height, width)


@pytest.mark.parametrize("step", [cut_side, zoom])
def test_crops_keep_type_and_a_usable_size(rng, step):
    for shape in ((128, 128), (70, 128)):
        for _ in range(50):
            out = step(rng, _ramp(*shape))
            assert out.dtype == np.float32
            assert min(out.shape) >= 40
            assert np.isfinite(out).all()


def test_window_uses_the_whole_range(rng):
    pixels = window(rng, _ramp())
    assert pixels.dtype == np.uint8
    assert pixels.min() == 0
    assert pixels.max() == 255


@pytest.mark.parametrize("name", GRAY_STEPS)
def test_gray_steps_give_gray_images(rng, name):
    _, step = GRAY_STEPS[name]
    pixels = window(rng, _ramp(100, 128))
    before = pixels.copy()
    for _ in range(30):
        out = step(rng, pixels)
        assert out.dtype == np.uint8
        assert out.ndim == 2
        assert min(out.shape) >= 100
        assert out.max() > out.min()
    assert np.array_equal(pixels, before)


def test_reorient_gives_all_eight_orientations(rng):
    _, step = GRAY_STEPS["reorient"]
    corner = np.array([[1, 2], [3, 4]], np.uint8)
    assert len({step(rng, corner).tobytes() for _ in range(500)}) == 8


def test_present_gives_images_as_found_in_folders(rng):
    shapes = set()
    for _ in range(200):
        pixels = present(rng, _ramp())
        assert pixels.dtype == np.uint8
        assert pixels.flags.c_contiguous
        assert min(pixels.shape) >= 38
        assert max(pixels.shape) <= 190
        shapes.add(pixels.shape)
    assert len(shapes) > 40
