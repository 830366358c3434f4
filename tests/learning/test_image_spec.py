"""What examples ask a generator for."""

from __future__ import annotations

import numpy as np

from medcurate.learning.image_spec import ImageSpec, unchanged


def test_sizes_and_channels_are_those_of_the_columns():
    columns = {"target": np.zeros((5, 4, 6, 8, 1)), "source": np.zeros((5, 4, 6, 8, 3)), "labels": np.zeros((5, 4))}
    found = ImageSpec.of(columns)
    assert found == ImageSpec((4, 6, 8), target=1, source=3, classes=4, attributes=0)
    assert ImageSpec.of({"target": np.zeros((1, 16, 9, 2)), "attributes": np.zeros((1, 2))}) == ImageSpec(
        (16, 9), target=2, attributes=2
    )


def test_without_augmentation_nothing_changes():
    columns = {"target": np.ones(3), "mask": np.zeros(3)}
    found = unchanged(columns, np.zeros(1), maps=("mask",))
    assert found == columns
    assert found is not columns
