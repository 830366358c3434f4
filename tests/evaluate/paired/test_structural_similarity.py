from __future__ import annotations

import numpy as np
import pytest
from sewar.full_ref import msssim
from skimage.metrics import structural_similarity

from medcurate.errors import UsageError
from medcurate.evaluate.paired.structural_similarity import both, ms_ssim, scales, ssim
from tests.evaluate.paired.pair_samples import pair

AS_WANG = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


@pytest.mark.parametrize("shape", [(192, 200), (33, 64), (24, 20, 22)])
def test_ssim_is_that_of_scikit_image(shape):
    real, synthetic = pair(shape, 7)
    expected = structural_similarity(real, synthetic, **AS_WANG)
    # Volumes are held in single precision.
    assert ssim(real, synthetic, data_range=255) == pytest.approx(expected, abs=1e-9 if len(shape) == 2 else 1e-5)


@pytest.mark.parametrize("shape", [(40, 44), (20, 24, 22)])
def test_within_a_mask_it_is_the_mean_of_the_map_of_scikit_image(shape):
    real, synthetic = pair(shape, 7)
    mask = np.zeros(shape, bool)
    mask[(slice(2, 12), *[slice(0, 15)] * (len(shape) - 1))] = True
    _, map_ = structural_similarity(real, synthetic, full=True, **AS_WANG)
    found = ssim(real, synthetic, data_range=255, mask=mask)
    assert found == pytest.approx(map_[mask].mean(), abs=1e-9 if len(shape) == 2 else 1e-5)


def test_ms_ssim_is_that_of_sewar_and_torchmetrics():
    real, synthetic = pair((192, 200), 7)
    found = ms_ssim(real, synthetic, data_range=255)
    assert found == pytest.approx(msssim(real, synthetic, MAX=255.0), abs=1e-5)  # it halves at other pixels
    assert found == pytest.approx(0.9626159185, abs=1e-5)  # torchmetrics 1.9.0, whose last scale keeps the border


@pytest.mark.parametrize(
    ("shape", "seed", "expected", "within"),
    [((64, 64), 8, 0.9767330950, 2e-4), ((48, 50, 46), 9, 0.9876929563, 5e-4)],
)
def test_small_images_have_fewer_scales(shape, seed, expected, within):
    # torchmetrics 1.9.0, three scales with their weights scaled to a sum of 1
    assert scales(shape) == 3
    assert ms_ssim(*pair(shape, seed), data_range=255) == pytest.approx(expected, abs=within)


def test_ssim_of_a_volume_is_that_of_monai():
    # MONAI 1.6.1, SSIMMetric(3, win_size=11, kernel_sigma=1.5)
    assert ssim(*pair((48, 50, 46), 9), data_range=255) == pytest.approx(0.9384703041, abs=1e-5)


def test_scales_of_a_side():
    assert [scales((side, 500)) for side in (11, 21, 22, 44, 88, 176, 400)] == [1, 1, 2, 3, 4, 5, 5]


def test_equal_images_are_one_and_an_inverted_one_is_far_off():
    real, _ = pair((64, 64), 1)
    assert both(real, real, data_range=255) == pytest.approx((1, 1))
    first, multi = both(real, 255 - real, data_range=255)
    assert first < 0
    assert multi == 0


def test_both_is_each_of_them():
    images = pair((48, 48), 4)
    mask = np.zeros((48, 48), bool)
    mask[10:30, 12:33] = True
    for where in (None, mask):
        assert both(*images, data_range=255, mask=where) == (
            ssim(*images, data_range=255, mask=where),
            ms_ssim(*images, data_range=255, mask=where),
        )


def test_a_mask_that_vanishes_when_halved_is_kept():
    images = pair((48, 48), 4)
    mask = np.zeros((48, 48), bool)
    mask[21, 23] = True
    assert 0 < ms_ssim(*images, data_range=255, mask=mask) <= 1


def test_too_small_an_image_is_named():
    with pytest.raises(UsageError, match="11 pixels a side or more"):
        ssim(np.zeros((10, 40)), np.zeros((10, 40)), data_range=255)
