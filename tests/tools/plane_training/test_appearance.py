from __future__ import annotations

import numpy as np
import pytest

from tools.plane_training.appearance import STEPS, acquire


def _disc(height=128, width=128):
    rows, columns = np.mgrid[:height, :width]
    return (np.hypot(rows / height - 0.5, columns / width - 0.5) < 0.4).astype(np.float32) * 0.7


@pytest.mark.parametrize("shape", [(128, 128), (128, 70), (61, 128)])
@pytest.mark.parametrize("name", STEPS)
def test_steps_keep_shape_type_and_range(rng, name, shape):
    image = _disc(*shape)
    before = image.copy()
    for _ in range(20):
        out = STEPS[name](rng, image)
        assert out.shape == shape
        assert out.dtype == np.float32
        assert np.isfinite(out).all()
        assert out.min() >= -1e-6
        assert not np.array_equal(out, before)
    assert np.array_equal(image, before)


def test_tumors_stay_in_the_head(rng):
    image = _disc()
    for _ in range(30):
        assert not STEPS["tumor"](rng, image)[image == 0].any()


def test_thick_slices_have_less_detail_in_one_direction(rng):
    noise = rng.random((128, 128), dtype=np.float32)
    out = STEPS["thick"](rng, noise)
    assert out.std() < 0.8 * noise.std()


def test_acquire_repeats_with_its_seed():
    first, second = (acquire(np.random.default_rng(5), _disc()) for _ in range(2))
    assert np.array_equal(first, second)
