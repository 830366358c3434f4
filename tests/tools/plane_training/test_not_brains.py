from __future__ import annotations

import numpy as np
import pytest

from tools.plane_training.not_brains import KINDS, NotBrainBase, roughened
from tools.plane_training.sampling import SIZE


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_different_pictures(rng, kind):
    drawn = [KINDS[kind](rng) for _ in range(10)]
    for image in drawn:
        assert image.shape == (SIZE, SIZE)
        assert image.dtype == np.float32
        assert np.isfinite(image).all()
        assert image.std() > 0.01
        rough = roughened(rng, image)
        assert rough.shape == (SIZE, SIZE)
        assert rough.dtype == np.float32
        assert rough.min() == 0
        assert rough.max() == pytest.approx(1)
    assert len({image.tobytes() for image in drawn}) == 10


def test_the_base_shows_nothing_but_other(rng):
    base = NotBrainBase(weight=1.0)
    assert base.classes == ("other",)
    assert base.draw(rng, "other").shape == (SIZE, SIZE)
