from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.steps import Percentile, Picture, Quantize, Scale, ZScore, dequantize, run
from medcurate.errors import UsageError
from tests.curate.steps.samples import blob


@settings(deadline=None, max_examples=50)
@given(
    bits=st.sampled_from([8, 16]), low=st.floats(-1e4, 1e4), span=st.floats(1e-2, 1e5), seed=st.integers(0, 2**32 - 1)
)
def test_levels_come_back_within_half_a_level(bits, low, span, seed):
    pixels = (low + span * np.random.default_rng(seed).random((8, 9))).astype(np.float32)
    step = Quantize(bits=bits).measure(Picture(pixels=pixels))
    levels = step.apply(Picture(pixels=pixels)).levels()
    assert levels.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert (levels.min(), levels.max()) == (0, 2**bits - 1)
    rounding = 4e-7 * (abs(low) + span)
    back = dequantize(levels, step.source)
    assert np.abs(back - pixels).max() <= 0.5 * (step.source[1] - step.source[0]) / (2**bits - 1) + rounding


@pytest.mark.parametrize("top", [255, 65535])
def test_every_level_survives(top):
    levels = np.arange(top + 1, dtype=np.uint8 if top == 255 else np.uint16).reshape(16, -1)
    picture = Picture(pixels=levels, value_range=(0, top))
    for steps in (
        [Quantize(bits=8 if top == 255 else 16)],
        [Scale(low=0, high=1), Quantize(bits=16 if top > 255 else 8)],
    ):
        out, _ = run(picture, steps)
        assert (out.levels() == levels).all()


def test_known_ranges_are_kept_so_that_images_stay_comparable():
    """Levels of [0, 1] do not depend on whether the image reaches either end."""
    half = Picture(pixels=np.full((2, 2), 0.5), value_range=(0, 1))
    assert Quantize().apply(half).levels().tolist() == [[128, 128], [128, 128]]


def test_limits_clip():
    picture, _ = run(Picture(pixels=blob((40, 40))), [ZScore(), Quantize(limits=(-1, 1))])
    assert {0, 255} <= set(picture.levels().ravel().tolist())


def test_8_bit_pictures_pass_unchanged():
    picture = Picture(pixels=np.arange(256.0).reshape(16, 16), value_range=(0, 255))
    assert (Quantize(limits=(50, 60)).apply(picture).pixels == picture.pixels).all()


def test_a_constant_image_becomes_level_0():
    assert not Quantize().apply(Picture(pixels=np.full((3, 3), 4.0))).levels().any()


def test_percentile_after_8_bits_is_idempotent_in_levels():
    steps = [Percentile(), Quantize()]
    once, _ = run(Picture(pixels=blob((50, 50))), steps)
    twice, _ = run(once, steps)
    assert (once.levels() == twice.levels()).all()


@pytest.mark.parametrize("make", [lambda: Quantize(bits=12), lambda: Quantize(limits=(1, 1))])
def test_settings_that_mean_nothing_are_refused(make):
    with pytest.raises(UsageError, match="received"):
        make()


def test_only_levels_can_be_dequantized():
    with pytest.raises(ValueError, match="uint8 or uint16"):
        dequantize(np.zeros((2, 2), np.int16), (0, 1))
