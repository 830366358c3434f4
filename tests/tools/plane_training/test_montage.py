from __future__ import annotations

import numpy as np

from tools.plane_training.dataset import training_slices
from tools.plane_training.montage import montage


def test_montage_shows_every_sample(bases):
    samples = list(training_slices(bases, n=7, seed=0))
    sheet = montage(samples, columns=3, tile=50)
    assert sheet.shape == (150, 150)
    assert sheet.dtype == np.uint8
    tiles = sheet.reshape(3, 50, 3, 50).swapaxes(1, 2).reshape(9, -1)
    assert tiles[:7].any(axis=1).all()
    assert not tiles[7:].any()
