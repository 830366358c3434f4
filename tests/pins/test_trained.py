"""The weights after 20 steps and 8 images of each family on each backend stay the same.

README.md says how far they may differ, and what was measured for it.
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from tests.pins.renew import EXPECTED
from tests.pins.trained import BACKENDS, FAMILIES, IMAGES, SIZE, STEPS, read_training

WEIGHTS = {"dcgan": 1e-3, "fastgan": 1e-4, "wgan-gp": 2e-4}
GRAY = {"dcgan": 2, "fastgan": 2, "wgan-gp": 2}


@pytest.fixture(params=[(backend, family) for backend in BACKENDS for family in FAMILIES], ids="-".join)
def training(request, trainings):
    """Give the family, what is stored, and what was found now."""
    backend, family = request.param
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    with np.load(EXPECTED / f"{backend}-{family}.npz") as stored:
        return family, dict(stored), read_training(trainings(backend), family)


def test_weights(training):
    family, stored, found = training
    assert found.keys() == stored.keys()
    for name in sorted(stored.keys() - {"images"}):
        exact = stored[name].dtype.kind in "iu"
        np.testing.assert_allclose(
            found[name], stored[name], rtol=0, atol=0 if exact else WEIGHTS[family], err_msg=name
        )


def test_images(training):
    family, stored, found = training
    assert stored["images"].shape == (IMAGES, SIZE, SIZE)
    assert np.ptp(stored["images"]) > STEPS
    assert np.abs(found["images"].astype(int) - stored["images"]).max() <= GRAY[family]
