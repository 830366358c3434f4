"""Windows within the head that show enough."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.collages.windows import WINDOW, bands, informative
from tests.evaluate.privacy.heads import heads


def test_windows_lie_within_the_head_and_show_texture(rng):
    picture = heads(rng, 1)
    found = informative(np.concatenate([picture, np.zeros_like(picture), np.full_like(picture, 90)]))
    assert set(found.image.tolist()) == {0}
    assert 20 < len(found) < 81
    half = WINDOW // 2
    for y, x in zip(found.y.tolist(), found.x.tolist(), strict=True):
        window = picture[0, int(y + 0.5) - half : int(y + 0.5) + half, int(x + 0.5) - half : int(x + 0.5) + half]
        assert window.shape == (WINDOW, WINDOW)
        assert (window > 20).mean() > 0.8
        assert window.std() > 3


def test_a_smooth_head_has_no_window(rng):
    flat = np.where(heads(rng, 1) > 20, 120, 0).astype(np.uint8)
    inner = informative(flat)
    assert len(inner) < len(informative(heads(rng, 1))) / 2


def test_bands_lose_brightness_and_keep_the_shape(rng):
    pictures = heads(rng, 2)
    assert abs(float(bands(pictures)[:, 24:40, 24:40].mean())) < 5
    assert bands(pictures[:0]).shape == (0, 64, 64)
