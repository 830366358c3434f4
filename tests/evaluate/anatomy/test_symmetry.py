from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.anatomy.symmetry import asymmetry
from medcurate.evaluate.head import head_mask
from tests.evaluate.drawn_slices import slices


def mirrored(image):
    """Make the right half the mirror image of the left one."""
    half = image[:, : image.shape[1] // 2]
    return np.ascontiguousarray(np.hstack([half, half[:, ::-1]]))


def turned(image, angle, shift=(0, 0)):
    size = image.shape[0]
    map_ = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), angle, 1)
    map_[:, 2] += shift
    return cv2.warpAffine(image, map_, (size, size), flags=cv2.INTER_LINEAR)


def of(image):
    return asymmetry(image, head_mask(image))


def test_a_mirrored_head_has_almost_none(rng):
    for image in slices(rng, 6, 96):
        assert of(mirrored(image)) < 0.01 < of(image)


@pytest.mark.parametrize(("angle", "shift"), [(10, (0, 0)), (-14, (3, -2)), (4, (-8, 5))])
def test_the_line_is_found_where_the_head_is_turned_and_moved(rng, angle, shift):
    image = mirrored(slices(rng, 1, 96)[0])
    assert of(turned(image, angle, shift)) < 0.03


def test_a_tumor_on_one_side_is_asymmetry_and_grows_with_it():
    found = []
    for radius in (0, 5, 9, 14):
        image = np.zeros((96, 96), np.uint8)
        cv2.ellipse(image, (48, 48), (32, 40), 0, 0, 360, 90, -1)
        if radius:
            cv2.circle(image, (63, 45), radius, 220, -1)
        found.append(of(image))
    assert found == sorted(found)
    assert found[0] < 0.01
    assert found[-1] > 0.1


def test_brightness_does_not_matter(rng):
    image = slices(rng, 1, 64)[0] // 2
    head = head_mask(image)
    assert asymmetry(image * 2, head) == pytest.approx(asymmetry(image, head), rel=1e-3)


def test_no_head_has_none():
    image = np.zeros((32, 32), np.uint8)
    assert np.isnan(asymmetry(image, image > 0))
    assert np.isnan(asymmetry(image, np.ones((32, 32), bool)))
