"""Six numbers at a glance."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.encoders.pixels import read_pixels
from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.quick import fidelity_baseline, quick_fidelity
from tests.evaluate.drawn_slices import slices

KEYS = {"frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage"}


def test_real_images_come_near_the_baseline_and_noisy_ones_do_not(rng):
    images = slices(rng, 240)
    baseline = fidelity_baseline(images)
    same = quick_fidelity(images[:120], images[120:])
    noisy = np.clip(images[120:] + rng.normal(0, 25, images[120:].shape), 0, 255).astype(np.uint8)
    worse = quick_fidelity(images[:120], noisy)
    assert set(baseline) == set(same) == set(worse) == KEYS
    assert same["frechet_distance"] == pytest.approx(baseline["frechet_distance"], rel=0.25)
    assert worse["frechet_distance"] > 3 * same["frechet_distance"]
    assert worse["kernel_distance"] > 0.01 > abs(same["kernel_distance"])
    assert worse["coverage"] < same["coverage"] - 0.2
    assert worse["recall"] < same["recall"] - 0.2


def test_few_images_made_many_times_are_precise_but_cover_little(rng):
    images = slices(rng, 160)
    copies = quick_fidelity(images[:80], np.repeat(images[80:84], 20, axis=0))
    fresh = quick_fidelity(images[:80], images[80:])
    assert copies["precision"] > 0.5
    assert copies["coverage"] < fresh["coverage"] / 2
    assert copies["recall"] < 0.1


def test_the_larger_side_is_reduced_by_seed(rng):
    images = slices(rng, 90)
    first, again, other = (quick_fidelity(images[:60], images[60:], seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_the_baseline_can_be_of_a_smaller_number(rng):
    images = slices(rng, 80)
    assert fidelity_baseline(images, n=20)["frechet_distance"] > fidelity_baseline(images)["frechet_distance"]


@pytest.mark.parametrize(("n", "m"), [(5, 20), (20, 5)])
def test_too_few_images_are_refused(n, m, rng):
    with pytest.raises(UsageError, match="expected 6 images or more of one size on both sides"):
        quick_fidelity(slices(rng, n), slices(rng, m))
    with pytest.raises(UsageError, match="expected 12 real images or more"):
        fidelity_baseline(slices(rng, 11))


def test_images_of_two_sizes_are_refused(rng):
    with pytest.raises(UsageError, match=r"\(8, 32, 32\) and \(8, 16, 16\)"):
        quick_fidelity(np.zeros((8, 32, 32), np.uint8), np.zeros((8, 16, 16), np.uint8))


@pytest.mark.realdata
def test_blurred_and_noisy_slices_of_sartaj_are_farther_than_real_ones(realdata, rng):
    dataset = Dataset.open(realdata / "sartaj")
    images = read_pixels(dataset, 64, rng.permutation(len(dataset))[:240])
    real, fresh = images[:120], images[120:]
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 0.8) for image in fresh])
    noisy = np.clip(fresh + rng.normal(0, 20, fresh.shape), 0, 255).astype(np.uint8)
    same = quick_fidelity(real, fresh)
    for spoiled in (blurred, noisy):
        worse = quick_fidelity(real, spoiled)
        assert worse["frechet_distance"] > 2 * same["frechet_distance"]
        assert worse["coverage"] < 0.5 * same["coverage"]
        assert worse["precision"] < same["precision"]
