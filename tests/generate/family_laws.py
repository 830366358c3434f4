"""What the laws of families are tried on: kinds of images, and examples of each."""

from __future__ import annotations

import importlib

import numpy as np

from medcurate.dataset.samples import SampleSet
from medcurate.generate.families.augmentation import augmentation
from medcurate.generate.families.registry import FAMILIES, configure
from medcurate.generate.training.defaults import AUGMENT
from medcurate.generate.training.setup import _first_weights
from medcurate.learning.image_spec import ImageSpec
from tests.generate.toy_families.registration import TOYS

NAMES = (*FAMILIES, *TOYS)
SPECS = {
    "square": ImageSpec((32, 32)),
    "two channels, classes": ImageSpec((32, 32), target=2, classes=3),
    "square, classes and attributes": ImageSpec((32, 32), classes=2, attributes=2),
    "not square": ImageSpec((8, 12)),
    "attributes": ImageSpec((8, 12), attributes=2),
    "source": ImageSpec((8, 12), source=3),
    "volume": ImageSpec((4, 6, 8), classes=2),
    "volume from source": ImageSpec((4, 6, 8), source=2),
}


def supported():
    """Return each family with each kind of image that it draws."""
    return [(name, kind) for name in NAMES for kind, spec in SPECS.items() if not module(name).supports(spec)]


def module(name):
    """Return the module of a family, the toys among them."""
    return importlib.import_module({**FAMILIES, **TOYS}[name])


def spec_of(kind, augmented=False):
    """Return a kind of image, with or without augmentation."""
    given = SPECS[kind]
    if not augmented:
        return given
    return ImageSpec(given.spatial, given.target, given.source, given.classes, given.attributes, augmentation(AUGMENT))


def examples_of(spec, n=12, seed=3):
    """Make examples with every column that is known, and those that families add."""
    rng = np.random.default_rng(seed)
    classes = {"tumor": tuple(f"t{k}" for k in range(spec.classes))} if spec.classes else {}
    images = rng.integers(0, 256, (n, *spec.spatial, spec.target), np.uint8)
    columns = {
        "target": images,
        "labels": np.eye(max(spec.classes, 1), dtype=np.float32)[np.arange(n) % max(spec.classes, 1)][
            :, : spec.classes
        ],
        "labels_present": np.ones((n, len(classes)), np.float32),
    }
    if spec.source:
        columns["source"] = rng.integers(0, 256, (n, *spec.spatial, spec.source), np.uint8)
        columns["contrast"] = np.eye(spec.source, dtype=np.float32)[np.arange(n) % spec.source]
        columns["contrast_present"] = 1 - np.eye(spec.source, dtype=np.float32)[(np.arange(n) + 1) % spec.source]
    if spec.attributes:
        columns["attributes"] = rng.standard_normal((n, spec.attributes)).astype(np.float32)
        columns["attributes_present"] = (np.arange(n * spec.attributes).reshape(n, -1) % 5 > 0).astype(np.float32)
    return SampleSet(columns, classes, tuple(f"a{k}" for k in range(spec.attributes)))


def built(name, spec):
    """Return the small setup of a family, with the same first weights in each run.

    With others, a law that asks whether every weight has a gradient may fail by chance: where no image is beyond the
    margin of a hinge loss yet, real and generated ones cancel in the last bias.
    """
    with _first_weights(3):
        return module(name).build(configure(name, module(name).SMALL), spec)
