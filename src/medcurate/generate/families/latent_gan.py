"""What the families share that draw a square 2-D image from a latent vector and a one-hot label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medcurate.generate.callbacks.monitors import Diversity
from medcurate.learning.image_spec import ImageSpec
from medcurate.learning.random_inputs import RandomInput
from medcurate.learning.sampler import Sampler

Tensor = Any

REAL = frozenset({"target", "labels"})
"""Columns that a discriminator reads."""
ASKED = frozenset({"labels"})
"""Columns of other examples that say what generated images should show."""

MONITORS = {"diversity": Diversity}
COLLAPSE = "Try more data or classes, augmentation, a larger batch, a lower learning rate"

_LEAST = 32


def square_only(spec: ImageSpec) -> str:
    """Return what `spec` lacks to be a square 2-D image without a source and attributes."""
    side = spec.spatial[0]
    if len(spec.spatial) != 2 or side != spec.spatial[1] or side < _LEAST or side & (side - 1):
        return f"square 2-D images whose side is a power of two, {_LEAST} or more"
    return "images without a source and without attributes" if spec.source or spec.attributes else ""


def changed(spec: ImageSpec, images: Tensor, numbers: Tensor) -> Tensor:
    """Return augmented images."""
    return spec.augment({"target": images}, numbers)["target"]


def latent_sampler(generator: Any, latent: int) -> Sampler:
    """Return the sampler of a generator that is called once, with latent vectors and one-hot labels."""
    return Sampler({"generator": generator}, {"latent": RandomInput((latent,))}, ASKED, _draw)


def _draw(networks: Mapping[str, Any], batch: Mapping[str, Tensor]) -> Tensor:
    return networks["generator"]([batch["latent"], batch["labels"]])
