"""Small images to train on, and small players."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset.files import encode_png


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    """Give a plain folder: 24 discs of two tumor types in the split train, 8 in val."""
    folder = tmp_path_factory.mktemp("heads")
    rng = np.random.default_rng(11)
    y, x = np.mgrid[:32, :32]
    for split, count in (("train", 12), ("val", 4)):
        for tumor, radius in (("glioma", 9), ("none", 13)):
            place = folder / split / tumor
            place.mkdir(parents=True)
            for number in range(count):
                cy, cx = rng.uniform(14, 18, 2)
                disc = ((y - cy) ** 2 + (x - cx) ** 2 < radius**2) * rng.integers(120, 220)
                image = np.clip(disc + rng.integers(0, 20, (32, 32)), 0, 255).astype(np.uint8)
                (place / f"{number}.png").write_bytes(encode_png(image))
    return folder
