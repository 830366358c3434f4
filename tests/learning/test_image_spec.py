"""What examples ask a generator for."""

from __future__ import annotations

import numpy as np

from medcurate.learning.image_spec import ImageSpec, Scale, unchanged


def test_sizes_and_channels_are_those_of_the_columns():
    columns = {"target": np.zeros((5, 4, 6, 8, 1)), "source": np.zeros((5, 4, 6, 8, 3)), "labels": np.zeros((5, 4))}
    found = ImageSpec.of(columns)
    assert found == ImageSpec((4, 6, 8), target=1, source=3, classes=4, attributes=0, pixels=Scale(0.0, 1.0))
    assert ImageSpec.of({"target": np.zeros((1, 16, 9, 2)), "attributes": np.zeros((1, 2))}) == ImageSpec(
        (16, 9), target=2, attributes=2, pixels=Scale(0.0, 1.0)
    )


def test_without_augmentation_nothing_changes():
    columns = {"target": np.ones(3), "mask": np.zeros(3)}
    found = unchanged(columns, np.zeros(1), maps=("mask",))
    assert found == columns
    assert found is not columns


def test_scales_of_pixels_and_attributes_are_measured():
    images = np.zeros((40, 4, 4, 1), np.uint8)
    images[:, 2:] = 255
    columns = {
        "target": images,
        "attributes": np.array([[1.0, 7.0], [3.0, 0.0], [9.0, 0.0]], np.float32),
        "attributes_present": np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]], np.float32),
    }
    spec = ImageSpec.of(columns)
    np.testing.assert_allclose(spec.pixels, (0.0, 1.0), atol=1e-9)
    np.testing.assert_allclose(spec.attribute_scales, [(2.0, 1.0), (0.0, 1.0)])
    assert ImageSpec.of({"target": np.full((3, 4, 4, 1), 7, np.uint8)}).pixels.deviation == 1.0
