"""Features on which other programs were run, to record what they answer.

Recorded on 2026-11-21 with NumPy 2.4.6: torch-fidelity 0.4.0, clean-fid 0.1.35 (SciPy 1.17.1), prdc 0.2 (scikit-learn
1.9.1) and vendi-score 0.0.3, each called on `features()` in double precision.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def features() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return 250 real and 250 generated rows of 16 features."""
    chance = np.random.default_rng(7)
    mix = chance.normal(size=(16, 16))
    real = chance.normal(size=(250, 16)) @ mix
    generated = chance.normal(0.15, 1.1, size=(250, 16)) @ mix
    return real.astype(np.float32), generated.astype(np.float32)
