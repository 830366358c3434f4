from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.steps import PRESETS, Picture, preset, run
from medcurate.errors import UsageError
from tests.curate.steps.samples import OBLIQUE, blob, image, volume

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def test_study_d_240_240_155_becomes_240_240_64_in_minus_1_to_1(rng):
    pixels = rng.normal(0, 1, (240, 240, 155)).astype(np.float32)
    mask = np.zeros(pixels.shape, np.uint8)
    mask[100:120, 90:110, 60:90] = 4
    out, records = run(Picture(pixels=pixels, mask=mask, affine=LPS), preset("study-d"))
    assert out.shape == out.mask.shape == (240, 240, 64)
    inner = pixels[::-1, ::-1, 30:125]  # RAS, without the ends
    chosen = inner[:, :, [(2 * i + 1) * 95 // 128 for i in range(64)]]
    low, high = chosen.min(), chosen.max()
    np.testing.assert_allclose(out.pixels, 2 * (chosen - low) / (high - low) - 1, atol=1e-6)
    assert (out.pixels.min(), out.pixels.max()) == (-1, 1)
    assert set(np.unique(out.mask)) == {0, 4}
    assert [record["step"] for record in records] == ["orient", "crop_ends", "resample_slices", "scale"]


@pytest.mark.parametrize(
    "picture",
    [image(), image(spacing_mm=(0.5, 1.5)), Picture(pixels=blob((500, 300)), affine=OBLIQUE), Picture(pixels=[[7.0]])],
)
@pytest.mark.parametrize(("size", "bits"), [(128, 8), (32, 16)])
def test_plain_2d_gives_squares_of_one_size(picture, size, bits):
    out, _ = run(picture, preset("plain-2d", size=size, bits=bits))
    assert out.levels().shape == (size, size)
    assert out.levels().dtype == (np.uint8 if bits == 8 else np.uint16)
    assert out.mask is None or out.mask.shape == (size, size)


def test_plain_2d_makes_pixels_square_before_it_scales():
    out, _ = run(image(spacing_mm=(0.5, 1.5)), preset("plain-2d"))
    assert out.spacing_mm[0] == pytest.approx(out.spacing_mm[1], rel=0.01)


def test_volume_1mm_gives_1_mm_in_ras():
    out, _ = run(volume(), preset("volume-1mm"))
    assert out.spacing_mm == pytest.approx((1, 1, 1))
    assert (np.diag(out.affine[:3, :3]) > 0.9).all()
    assert (out.pixels.min(), out.pixels.max()) == (0, 1)


def test_a_preset_that_is_none_is_refused():
    with pytest.raises(UsageError, match=", ".join(PRESETS)):
        preset("study-z")
