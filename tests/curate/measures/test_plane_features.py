"""Plane features: what they must not depend on, and what they must."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medcurate.curate.measures import plane_features as pf


@pytest.fixture
def head():
    """Draw an upright, asymmetric oval with parts, 200 x 160, uint8."""
    image = np.zeros((200, 160), np.uint8)
    cv2.ellipse(image, (80, 100), (60, 80), 0, 0, 360, 120, -1)
    cv2.ellipse(image, (60, 80), (15, 25), 20, 0, 360, 220, -1)
    cv2.ellipse(image, (100, 140), (20, 10), 0, 0, 360, 40, -1)
    return image


def _distance(first, second):
    return np.linalg.norm(pf.describe(first) - pf.describe(second)) / np.linalg.norm(pf.describe(first))


def test_shapes_and_types(head):
    assert pf.normalize(head).shape == (pf.SIDE, pf.SIDE)
    raw = pf.describe(head)
    assert raw.shape == (pf.N_RAW,)
    assert raw.dtype == np.float32
    assert pf.reduce(raw[None]).shape == (1, pf.N_FEATURES)
    np.testing.assert_allclose(pf.extract(head), pf.reduce(raw[None])[0])


@pytest.mark.parametrize("change", ["brighter", "margin", "zoom", "deeper", "float"])
def test_what_does_not_matter(head, change):
    changed = {
        "brighter": lambda: cv2.convertScaleAbs(head, alpha=0.6, beta=20),
        "margin": lambda: cv2.copyMakeBorder(head, 40, 10, 5, 60, cv2.BORDER_CONSTANT),
        "zoom": lambda: cv2.resize(head, (320, 400), interpolation=cv2.INTER_CUBIC),
        "deeper": lambda: head.astype(np.uint16) * 257,
        "float": lambda: head.astype(np.float64) * 0.01 - 3,
    }[change]()
    assert _distance(head, changed) < 0.25
    assert _distance(head, changed) < 0.6 * _distance(head, np.rot90(head))


def test_what_matters(head):
    assert _distance(head, np.rot90(head)) > 0.4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.int32, np.float32, np.float64])
def test_constant_images_give_the_description_of_nothing(dtype):
    assert not pf.describe(np.full((30, 40), 7, dtype)).any()


@settings(deadline=None, max_examples=60)
@given(
    hnp.arrays(
        st.sampled_from([np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.int16), np.dtype(np.int32)]),
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=300),
    )
)
def test_any_image_has_finite_features(pixels):
    features = pf.extract(pixels)
    assert features.shape == (pf.N_FEATURES,)
    assert np.isfinite(features).all()


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (2, 2), (3000, 17)])
def test_extreme_shapes(rng, shape):
    assert np.isfinite(pf.extract(rng.integers(0, 255, shape).astype(np.uint8))).all()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_features_are_near_those_of_the_turned_image(head, quarters):
    expected = pf.extract(np.ascontiguousarray(np.rot90(head, quarters)))
    upright = pf.extract(head)
    estimated = pf.turn(upright[None])[quarters - 1, 0]
    assert np.linalg.norm(estimated - expected) < 0.6 * np.linalg.norm(upright - expected)


def test_few_bright_pixels_still_count():
    image = np.zeros((64, 64), np.uint8)
    image[30, 30] = 255
    assert pf.normalize(image).any()


def test_the_input_is_not_changed(head):
    before = head.copy()
    pf.extract(head)
    np.testing.assert_array_equal(head, before)
