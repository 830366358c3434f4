from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from medcurate.errors import UsageError
from medcurate.evaluate.paired.intensity_error import nmae, psnr, relative_error
from tests.evaluate.paired.pair_samples import pair


def test_psnr_is_that_of_scikit_image_and_torchmetrics():
    real, synthetic = pair((192, 200), 7)
    assert psnr(real, synthetic, data_range=255) == pytest.approx(
        peak_signal_noise_ratio(real, synthetic, data_range=255), abs=1e-9
    )
    assert psnr(real, synthetic, data_range=255) == pytest.approx(27.586803940, abs=1e-4)  # torchmetrics 1.9.0


def test_both_normalizations_of_the_absolute_error_by_hand():
    real, synthetic = np.array([[10.0, 30.0], [10.0, 50.0]]), np.array([[20.0, 30.0], [10.0, 40.0]])
    assert nmae(real, synthetic, data_range=100) == pytest.approx(20 / 4 / 100)
    assert relative_error(real, synthetic, data_range=100) == pytest.approx(20 / (0 + 20 + 0 + 40))


def test_only_the_mask_counts():
    real, synthetic = pair((20, 20), 1)
    mask = np.zeros((20, 20), bool)
    mask[3:9, 4:8] = True
    changed = np.where(mask, synthetic, 0)
    for error in (nmae, relative_error, psnr):
        assert error(real, changed, data_range=255, mask=mask) == error(real, synthetic, data_range=255, mask=mask)
        assert error(real, changed, data_range=255) != error(real, synthetic, data_range=255)


def test_equal_images_have_no_error_and_infinite_psnr():
    real, _ = pair((12, 12, 12), 2)
    assert nmae(real, real, data_range=255) == relative_error(real, real, data_range=255) == 0
    assert psnr(real, real, data_range=255) == np.inf


def test_a_constant_real_image_has_no_relative_error():
    assert np.isnan(relative_error(np.full((4, 4), 7), np.zeros((4, 4)), data_range=255))


@settings(deadline=None, max_examples=30)
@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_a_change_of_scale_changes_nothing(scale, shift):
    real, synthetic = pair((16, 16), 3)
    for error in (nmae, relative_error, psnr):
        moved = error(real * scale + shift, synthetic * scale + shift, data_range=255 * scale)
        assert moved == pytest.approx(error(real, synthetic, data_range=255), rel=1e-6)


@pytest.mark.parametrize(
    ("shape", "data_range", "mask", "text"),
    [
        ((4, 5), 255, None, "one shape"),
        ((4, 4), 0, None, "above 0"),
        ((4, 4), np.nan, None, "above 0"),
        ((4, 4), 255, np.zeros((4, 4), bool), "empty mask"),
        ((4, 4), 255, np.ones((3, 4), bool), "mask"),
        ((4, 4), 255, np.ones((4, 4)), "expected bool"),
    ],
)
def test_wrong_arguments_are_named(shape, data_range, mask, text):
    for error in (nmae, relative_error, psnr):
        with pytest.raises(UsageError, match=text):
            error(np.ones((4, 4)), np.ones(shape), data_range=data_range, mask=mask)


def test_neither_pictures_nor_volumes():
    with pytest.raises(UsageError, match="pictures or volumes"):
        nmae(np.ones(5), np.ones(5), data_range=1)
