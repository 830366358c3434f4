from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.anatomy.spectrum import decibels, fine_share, frequencies, power_spectrum, slope
from tests.evaluate.drawn_slices import slices

SIZE = 64


def power_law(rng, exponent):
    """Draw a picture whose power falls with frequency to this exponent."""
    at = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None])
    at[0, 0] = np.inf
    noise = rng.normal(size=at.shape) + 1j * rng.normal(size=at.shape)
    image = np.fft.irfft2(noise * at ** (exponent / 2), (SIZE, SIZE))
    return np.clip(127 + 30 * image / image.std(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("exponent", [-1.0, -2.0, -3.0])
def test_the_slope_is_the_exponent(rng, exponent):
    found = [slope(power_spectrum(power_law(rng, exponent)), SIZE) for _ in range(12)]
    assert np.mean(found) == pytest.approx(exponent, abs=0.15)


def test_a_wave_stands_in_its_ring():
    wave = np.tile(127 + 100 * np.sin(2 * np.pi * 16 * np.arange(SIZE) / SIZE), (SIZE, 1)).astype(np.uint8)
    spectrum = power_spectrum(wave)
    assert frequencies(SIZE)[spectrum.argmax()] == pytest.approx(16.5 / SIZE)
    assert fine_share(spectrum, SIZE) > 0.7


def test_brightness_does_not_matter_and_turning_neither(rng):
    image = slices(rng, 1, SIZE)[0] // 2
    np.testing.assert_allclose(power_spectrum(image * 2), power_spectrum(image), rtol=1e-9)
    np.testing.assert_allclose(power_spectrum(np.rot90(image)), power_spectrum(image), rtol=1e-9)


def test_blur_loses_fine_detail_and_noise_adds_it(rng):
    image = slices(rng, 1, SIZE)[0]
    blurred = cv2.GaussianBlur(image, (0, 0), 1.2)
    noisy = np.clip(image + rng.normal(0, 15, image.shape), 0, 255).astype(np.uint8)
    found = [power_spectrum(one) for one in (blurred, image, noisy)]
    assert [fine_share(one, SIZE) for one in found] == sorted(fine_share(one, SIZE) for one in found)
    assert slope(found[0], SIZE) < slope(found[1], SIZE) < slope(found[2], SIZE)


def test_a_constant_picture_has_none():
    spectrum = power_spectrum(np.full((SIZE, SIZE), 9, np.uint8))
    assert not spectrum.any()
    assert np.isnan(slope(spectrum, SIZE))
    assert np.isnan(fine_share(spectrum, SIZE))
    assert decibels(spectrum).tolist() == [-120.0] * (SIZE // 2)
