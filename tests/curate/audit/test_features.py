"""Features of an audit: of one size, finite, and much the same for one image at another size or brightness."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.curate.audit.features import N_FEATURES, describe


def head(rng, side=120) -> np.ndarray:
    y, x = np.mgrid[:side, :side] / side - 0.5
    smooth = cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), side / 15)
    brain = (100 + 60 * smooth / smooth.std()) * ((x / 0.35) ** 2 + (y / 0.42) ** 2 < 1)
    return np.clip(brain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.int32, np.float32])
def test_any_type_gives_the_same(rng, dtype):
    image = head(rng)
    features = describe(image.astype(dtype))
    assert features.shape == (N_FEATURES,)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    apart = np.linalg.norm(features - describe(head(rng)))
    assert np.linalg.norm(features - describe(image)) < 0.25 * apart


def test_size_margin_and_brightness_matter_little(rng):
    image = head(rng)
    features = describe(image)
    apart = np.linalg.norm(features - describe(head(rng)))
    changed = cv2.copyMakeBorder(cv2.resize(image, (180, 180)), 30, 10, 20, 5, cv2.BORDER_CONSTANT)
    assert np.linalg.norm(features - describe(changed)) < 0.5 * apart
    assert np.linalg.norm(features - describe(image.astype(np.float32) * 7 + 100)) < 0.5 * apart


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (9, 500), (64, 64)])
def test_odd_shapes_and_blank_images(shape):
    assert not describe(np.full(shape, 7, np.uint8)).any()
    ramp = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    assert np.isfinite(describe(ramp)).all()
