"""How alike two pictures are once one is laid upon the other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.privacy import likeness as module
from medcurate.evaluate.privacy.likeness import likeness
from tests.evaluate.privacy.heads import heads, moved, noisy, turned


def test_a_copy_has_the_likeness_of_one(rng):
    (image,) = heads(rng, 1)
    assert likeness(image, image) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("degrees", [-2, 2, 5])
def test_a_turned_copy_is_laid_upon_its_original(rng, degrees):
    image, other = heads(rng, 2)
    assert likeness(turned(image, degrees), image) > 0.98
    assert likeness(turned(image, degrees), other) < 0.9


def test_a_scaled_copy_needs_to_be_scaled_back(rng):
    (image,) = heads(rng, 1)
    matrix = cv2.getRotationMatrix2D((31.5, 31.5), 0, 0.93)
    small = np.asarray(cv2.warpAffine(image, matrix, (64, 64)), np.uint8)
    assert likeness(small, image, scaled=True) > 0.97
    assert likeness(small, image) < likeness(small, image, scaled=True) - 0.1


def test_a_shifted_copy_is_laid_upon_its_original(rng):
    (image,) = heads(rng, 1)
    assert likeness(moved(image, 1, -1), image) > 0.97


@pytest.mark.parametrize("sigma", [12.75, 25.5])
def test_noise_hides_no_copy_and_makes_none(rng, sigma):
    images = heads(rng, 12)
    copies = [likeness(noisy(image, rng, sigma), image) for image in images]
    others = [likeness(noisy(a, rng, sigma), b) for a, b in zip(images[1:], images, strict=False)]
    assert min(copies) > 0.96
    assert max(others) < 0.9


def test_noise_would_hide_copies_were_it_not_taken_out(rng, monkeypatch):
    (image,) = heads(rng, 1)
    copy = noisy(image, rng, 40)
    corrected = likeness(copy, image)
    monkeypatch.setattr(module, "_noise_variance", lambda picture: 0.0)
    assert likeness(copy, image) < corrected - 0.01


def test_pictures_that_have_nothing_in_common_are_compared_all_the_same(rng):
    (image,) = heads(rng, 1)
    assert likeness(np.zeros((64, 64), np.uint8), image) == pytest.approx(0, abs=1e-6)
    assert -1 <= likeness(255 - image, image) <= 1
