"""Heads that several tests look at, drawn once."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from medcurate.phantom import random_head, write_messy_folder
from medcurate.phantom.head import Head


@lru_cache
def draw(seed: int, tumor: str, spacing_mm: float = 3.0) -> Head:
    """Draw a head, or return the one that was drawn before."""
    return random_head(np.random.default_rng(seed), spacing_mm=spacing_mm, tumor=tumor)


@pytest.fixture(scope="session")
def head_of():
    """Give `draw`."""
    return draw


@pytest.fixture(scope="session")
def messy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, str]]]:
    """Give a tiny messy folder and its truth."""
    folder = tmp_path_factory.mktemp("messy")
    truth = write_messy_folder(folder, seed=3, heads=1, slices_per_head=4, spacing_mm=4.0)
    with truth.open(newline="", encoding="utf-8") as stream:
        return folder, list(csv.DictReader(stream))
