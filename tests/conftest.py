"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def rng() -> np.random.Generator:
    """Give the one source of chance that tests use."""
    return np.random.default_rng(20261121)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Give the folder of real data; outside CI a missing folder skips, inside it fails."""
    folder = Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")).resolve()
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"MEDCURATE_DATA: expected a folder of real data at {folder}; CI must have it")
        pytest.skip(f"no real data at {folder}; set MEDCURATE_DATA")
    return folder
