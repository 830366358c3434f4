"""What tests of this folder share: a network takes seconds to compile, whatever its size."""

from __future__ import annotations

import pytest

from medcurate.evaluate.dice.regions import NUMBERINGS
from medcurate.evaluate.dice.segmenter import Network, Training


@pytest.fixture(scope="session")
def network() -> Network:
    """Give a small network for slices of 32 x 32 pixels and the regions of BraTS."""
    training = Training(steps=60, batch=4, width=8, depth=1, learning_rate=1e-2, seed=0)
    return Network((32, 32, 1), NUMBERINGS["brats2013"], training)
