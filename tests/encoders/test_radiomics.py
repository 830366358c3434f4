"""Radiomics: by hand where an image is small, against others where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from medcurate.encoders import encoder
from medcurate.encoders.radiomics import co_occurrence, first_order
from tests.evaluate.drawn_slices import slices


def test_first_order_agrees_with_scipy(rng):
    image = slices(rng, 1, 64)[0]
    gray = image.ravel().astype(float)
    found = first_order(image)
    assert found[2] == pytest.approx(stats.skew(gray))
    assert found[3] == pytest.approx(stats.kurtosis(gray))
    assert found[9] == pytest.approx(stats.iqr(gray))
    assert found[15] == pytest.approx(stats.entropy(np.bincount(image.ravel() // 8), base=2))


def test_first_order_by_hand():
    found = first_order(np.array([[0, 0], [100, 200]], np.uint8))
    mean, variance, median, least, most, span, root = found[[0, 1, 4, 5, 8, 10, 14]]
    assert (mean, variance, median, least, most, span) == pytest.approx((75, 6875, 50, 0, 200, 200))
    assert root == pytest.approx(np.sqrt(12500))
    assert found[15] == pytest.approx(1.5)  # shares 1/2, 1/4, 1/4
    assert found[16] == pytest.approx(0.375)
    assert found[17] == 0.5


def test_co_occurrence_by_hand():
    # Columns of two levels that take turns: across by one, levels always differ by 31; down, never.
    image = np.tile(np.array([0, 255], np.uint8), (8, 4))
    table = co_occurrence(image).reshape(2, 6, 3)  # mean and range; property; distance
    contrast, homogeneity = table[0, 0], table[0, 2]
    # By one: across and both diagonals. By two or four: the diagonals alone, as they are rounded to one and three.
    assert contrast == pytest.approx(np.array([3, 2, 2]) * 31**2 / 4)
    assert homogeneity[1] == pytest.approx((2 + 2 / (1 + 31**2)) / 4)
    assert table[1, 0] == pytest.approx(31**2)


def test_images_become_finite_features(rng):
    made = encoder("radiomics")
    found = made.encode(np.concatenate([slices(rng, 3), np.zeros((1, 32, 32), np.uint8)]))
    assert found.shape == (4, sum(block.width for block in made.blocks))
    assert np.isfinite(found).all()
    assert made.name == "radiomics[64 px area or bilinear, 0..255, 32 levels]"
