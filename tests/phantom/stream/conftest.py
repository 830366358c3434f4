"""Rows of a few coarse heads, made once."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.phantom.stream.head_rows import rows_of_head


@pytest.fixture(scope="session")
def rows():
    """Rows of a head without tumor and of one with a meningioma (numbers 0 and 2), at 4 mm."""
    return np.concatenate([rows_of_head(5, number, spacing_mm=4.0) for number in (0, 2)])
