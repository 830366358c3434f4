"""The version of phantoms is bound to what they look like."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.phantom import random_head, render
from medcurate.phantom.version import PHANTOM_VERSION

# Of the head of seed 13 at 8 mm with a glioma: voxels of each tissue from AIR on, and mean and deviation of each
# contrast. Who changes phantoms makes this test fail. Then raise PHANTOM_VERSION, write the new numbers here, and keep
# the old phantoms available or train all shipped weights anew.
VERSION = 1
TISSUES = [
    18501,
    442,
    25,
    1142,
    767,
    49,
    263,
    41,
    52,
    0,
    0,
    134,
    33,
    585,
    706,
    934,
    574,
    1593,
    21,
    0,
    2,
    125,
    73,
    134,
    23,
    11,
    138,
    10,
    6,
    16,
]
SIGNALS = {"T1": (0.13975, 0.1937), "T1ce": (0.18448, 0.26164), "T2": (0.11346, 0.1565), "FLAIR": (0.13265, 0.18664)}


@pytest.fixture(scope="module")
def head():
    return random_head(np.random.default_rng(13), spacing_mm=8.0, tumor="glioma")


def test_tissues_are_those_of_this_version(head):
    assert PHANTOM_VERSION == VERSION
    counts = np.bincount(head.labels.ravel(), minlength=30)
    np.testing.assert_allclose(counts, TISSUES, atol=2)  # rounding differs between machines


def test_signals_are_those_of_this_version(head):
    assert PHANTOM_VERSION == VERSION
    for place, (contrast, expected) in enumerate(SIGNALS.items()):
        image = render(head, contrast, np.random.default_rng([13, place]))
        np.testing.assert_allclose((image.mean(), image.std()), expected, rtol=2e-3)
