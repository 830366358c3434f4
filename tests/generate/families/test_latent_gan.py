"""Which images the families draw that know a latent vector and a label."""

from __future__ import annotations

import pytest

from medcurate.generate.families.latent_gan import changed, square_only
from medcurate.learning.image_spec import ImageSpec


@pytest.mark.parametrize("spec", [ImageSpec((32, 32)), ImageSpec((256, 256), target=3, classes=4)])
def test_square_images_are_drawn(spec):
    assert square_only(spec) == ""


@pytest.mark.parametrize(
    ("spec", "needed"),
    [
        (ImageSpec((32, 64)), "square 2-D images"),
        (ImageSpec((48, 48)), "power of two, 32 or more"),
        (ImageSpec((16, 16)), "power of two, 32 or more"),
        (ImageSpec((32, 32, 32)), "square 2-D images"),
        (ImageSpec((32, 32), source=1), "without a source and without attributes"),
        (ImageSpec((32, 32), attributes=1), "without a source and without attributes"),
    ],
)
def test_other_images_are_refused_with_what_is_needed(spec, needed):
    assert needed in square_only(spec)


def test_images_are_augmented_as_the_spec_says():
    spec = ImageSpec((32, 32), augment=lambda columns, numbers: {"target": columns["target"] + numbers})
    assert changed(spec, 1, 2) == 3
