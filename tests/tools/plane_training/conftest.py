"""Small bases, made in seconds and without any data."""

from __future__ import annotations

import pytest

from tools.plane_training.made_bases import phantom_base, tissue_base
from tools.plane_training.not_brains import NotBrainBase


@pytest.fixture(scope="session")
def heads():
    return phantom_base(heads=2, seed=7, spacing_mm=4.0)


@pytest.fixture(scope="session")
def template():
    return tissue_base(spacing_mm=3)


@pytest.fixture(scope="session")
def bases(heads):
    return [heads, NotBrainBase(weight=1.0)]
