"""Encoder and decoder: their shapes, and where the condition enters."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize(("at", "expected"), [(64, 3), (32, 6), (16, 12), (8, 24), (4, 24)])
def test_channels_double_up_to_eightfold(at, expected):
    from medcurate.generate.families.vae_networks import filters

    assert filters(3, 64, at) == expected


def test_images_become_latents_and_images_again(rng):
    from medcurate.generate.families.vae_networks import build_decoder, build_encoder

    images = rng.uniform(-1, 1, (3, 32, 32, 2)).astype(np.float32)
    mean, log_variance = build_encoder(32, 2, latent=5, width=2)(images)
    assert mean.shape == log_variance.shape == (3, 5)
    drawn = build_decoder(32, 2, latent=5, condition=0, width=2)([np.asarray(mean), np.zeros((3, 0), np.float32)])
    assert drawn.shape == (3, 32, 32, 2)


def test_layers_that_read_the_condition_have_its_rows_last(rng):
    from medcurate.generate.families.vae_networks import build_decoder

    decoder = build_decoder(32, 1, latent=5, condition=3, width=2)
    layers = [layer for layer in decoder.layers if layer.name.startswith("condition_")]
    assert len(layers) == 3
    for layer in layers:
        kernel = np.asarray(layer.kernel).copy()
        assert kernel.shape[0] == 5 + 3
        kernel[5:] = 0
        layer.kernel.assign(kernel)
    vectors = rng.normal(size=(2, 5)).astype(np.float32)
    one, other = (np.asarray(decoder([vectors, np.full((2, 3), k, np.float32)])) for k in (0, 4))
    np.testing.assert_array_equal(one, other)


def test_four_channels_become_the_pixels_of_their_place():
    from medcurate.generate.families.vae_networks import unfolded

    x = np.arange(16, dtype=np.float32).reshape(1, 2, 2, 4)
    expected = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    np.testing.assert_array_equal(np.asarray(unfolded(x))[0, :, :, 0], expected)


def test_the_scale_is_one_number_that_learns():
    from medcurate.generate.families.vae_networks import LearnedScale

    scale = LearnedScale(-3.0)
    assert np.asarray(scale(np.zeros((4, 2), np.float32))) == pytest.approx([-3.0])
    assert [tuple(v.shape) for v in scale.trainable_variables] == [(1,)]
