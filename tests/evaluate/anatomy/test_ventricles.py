from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.anatomy.ventricles import fluid_mask, ventricle_share
from medcurate.evaluate.head import head_mask

# The correlation with true ventricles is measured on phantoms by benchmarks/paired_and_anatomy.py.


def axial(ventricle=8, fluid=30, size=128):
    """Draw scalp, skull, fluid around the brain, brain and two ventricles."""
    image = np.zeros((size, size), np.uint8)
    middle = (size // 2, size // 2)
    for axes, level in (((46, 56), 230), ((42, 52), 8), ((39, 49), fluid), ((36, 46), 110)):
        cv2.ellipse(image, middle, axes, 0, 0, 360, level, -1)
    for side in (-1, 1):
        cv2.ellipse(image, (middle[0] + 7 * side, middle[1]), (ventricle // 2, ventricle), 0, 0, 360, fluid, -1)
    return image


def true_share(ventricle):
    with_, without = axial(ventricle), axial(0)
    return ((with_ == 30) & (without == 110)).sum() / head_mask(with_).sum()


@pytest.mark.parametrize("ventricle", [6, 10, 14])
def test_it_is_the_area_of_the_ventricles(rng, ventricle):
    image = np.clip(axial(ventricle) + rng.normal(0, 4, (128, 128)), 0, 255).astype(np.uint8)
    assert ventricle_share(image, head_mask(image)) == pytest.approx(true_share(ventricle), rel=0.2)


def test_fluid_and_skull_around_the_brain_do_not_count():
    image = axial(0)
    middle = image.copy()
    middle[60:69, 55:74] = 110  # the smallest ellipse is one pixel
    assert ventricle_share(middle, head_mask(middle)) == 0


def test_air_does_not_count():
    image = axial(10, fluid=30)
    cv2.circle(image, (64, 85), 6, 2, -1)
    fluid = fluid_mask(image, head_mask(image))
    assert fluid[64, 57]
    assert not fluid[85, 64]


def test_brightness_does_not_matter():
    image = axial(10)
    head = head_mask(image)
    assert ventricle_share(image // 2, head) == pytest.approx(ventricle_share(image, head), rel=0.05)


def test_no_head_has_none():
    image = np.zeros((32, 32), np.uint8)
    assert np.isnan(ventricle_share(image, image > 0))
