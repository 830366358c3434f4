from __future__ import annotations

import numpy as np
import pytest
from sewar.full_ref import vifp

from medcurate.errors import UsageError
from medcurate.evaluate.paired.information_fidelity import vif
from tests.evaluate.paired.pair_samples import pair


@pytest.mark.parametrize("shape", [(41, 41), (64, 75), (120, 90)])
def test_it_is_that_of_sewar(shape):
    real, synthetic = pair(shape, 7)
    synthetic[:20, :20] = 17  # flat where the real image is not
    synthetic[30:, 20:] = 255 - synthetic[30:, 20:]  # inverted
    real[25:, :15] = 40  # flat where the synthetic image is not
    lowest = real.min()
    expected = vifp(real - lowest, synthetic - lowest)
    assert vif(real, synthetic, data_range=255) == pytest.approx(expected, abs=1e-9)


def test_it_is_that_of_torchmetrics():
    # torchmetrics 1.9.0, visual_information_fidelity; piq and sewar give the same
    assert vif(*pair((192, 200), 7), data_range=255) == pytest.approx(0.3700929642, abs=1e-9)


def test_the_range_is_part_of_it():
    real, synthetic = pair((64, 64), 3)
    whole = vif(real, synthetic, data_range=255)
    assert vif(real * 257, synthetic * 257, data_range=65535) == pytest.approx(whole)
    assert vif(real / 255 - 3, synthetic / 255 - 3, data_range=1) == pytest.approx(whole)
    assert vif(real, synthetic, data_range=1000) != pytest.approx(whole, abs=0.01)  # the eye's noise hides more


def test_equal_is_one_and_more_contrast_is_above_one():
    real, _ = pair((64, 64), 3)
    assert vif(real, real, data_range=255) == pytest.approx(1)
    assert vif(real, 1.5 * real, data_range=255) > 1
    assert vif(real, np.full((64, 64), 100.0), data_range=255) < 1e-6


def test_what_is_outside_of_the_mask_does_not_count():
    real, synthetic = pair((64, 64), 3)
    mask = np.zeros((64, 64), bool)
    mask[8:56, 8:56] = True
    other = np.where(mask, synthetic, 255 - synthetic)
    assert vif(real, other, data_range=255, mask=mask) == vif(real, synthetic, data_range=255, mask=mask)


def test_a_volume_is_the_mean_of_the_slices_that_show_the_head():
    real, synthetic = pair((48, 50, 6), 5)
    real[..., 0], real[..., 5] = 0, 0
    real -= real.min()
    slices = [vif(real[..., k], synthetic[..., k], data_range=255) for k in range(1, 5)]
    assert vif(real, synthetic, data_range=255) == pytest.approx(np.mean(slices), abs=1e-3)


def test_a_constant_real_image_has_none():
    assert np.isnan(vif(np.full((64, 64), 9.0), pair((64, 64), 3)[0], data_range=255))


def test_too_small_an_image_is_named():
    with pytest.raises(UsageError, match="41 pixels or more"):
        vif(np.zeros((40, 60)), np.zeros((40, 60)), data_range=255)
