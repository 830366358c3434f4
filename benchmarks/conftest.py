"""Fixtures that every benchmark may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.environment import ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """Give the folder of real data that MEDCURATE_DATA names; skip without it."""
    folder = Path(os.environ.get("MEDCURATE_DATA", ROOT / "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set MEDCURATE_DATA")
    return folder
