"""Networks that are lists of arrays, to look at what is stored and carried over without a backend."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from medcurate.learning.sampler import Sampler

ARCHITECTURE = {
    "family": "fastgan",
    "config": {"width": 4},
    "spatial": [32, 32],
    "target": 1,
    "source": 0,
    "classes": {"plane": ["axial", "sagittal"], "tumor": ["glioma", "none"]},
    "attributes": [],
    "contrasts": [],
}
FACTS = {"phantom_version": 1, "steps": 3, "share_of_classes": {"plane": {"axial": 1, "sagittal": 3}}}


class Variable:
    """A weight with Keras' attributes."""

    def __init__(self, path, value):
        self.path, self.value = path, np.asarray(value)

    @property
    def shape(self):
        return self.value.shape

    def assign(self, value):
        assert value.shape == self.shape
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return self.value


def network(classes, fill, *, bias=True):
    """A layer that reads two latents and the condition, and another one after it."""
    kernel = fill + np.arange((2 + classes) * 3, dtype=np.float32).reshape(2 + classes, 3)
    found = [Variable("condition_latent/kernel", kernel)]
    if bias:
        found.append(Variable("condition_latent/bias", np.full(3, fill, np.float32)))
    found += [Variable(f"dense_{fill}/kernel", np.full((3, 2), fill, np.float32)), Variable("seed/state", np.uint32(7))]
    return SimpleNamespace(weights=found)


def players(classes=4, fill=1.0, *, bias=True):
    """A setup with one player, and the average of its network."""
    own, average = network(classes, fill, bias=bias), network(classes, fill + 100, bias=bias)
    trained = SimpleNamespace(
        players={"generator": SimpleNamespace(network=own)}, sampler=Sampler({"generator": own}, {}, frozenset(), None)
    )
    return trained, Sampler({"generator": average}, {}, frozenset(), None)
