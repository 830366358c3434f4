from __future__ import annotations

import numpy as np
import pytest
from intensity_normalization import ZScoreNormalizer, create_image

from medcurate.curate.steps import Percentile, Picture, Scale, ZScore, run
from medcurate.curate.steps.foreground import foreground
from medcurate.errors import UsageError
from tests.curate.steps.samples import blob, image


def test_percentiles_are_those_of_numpy_next_outward(rng):
    pixels = rng.gamma(2, 50, (77, 91)).astype(np.float32)
    step = Percentile(low=1, high=95).measure(Picture(pixels=pixels))
    expected = np.percentile(pixels, 1, method="lower"), np.percentile(pixels, 95, method="higher")
    assert step.values == pytest.approx(expected)
    out = step.apply(Picture(pixels=pixels))
    np.testing.assert_allclose(
        out.pixels, np.clip((pixels - expected[0]) / (expected[1] - expected[0]), 0, 1), atol=1e-6
    )
    assert out.value_range == (0, 1)


def test_percentiles_resist_a_few_hot_pixels():
    picture = image()
    hot = picture.pixels.copy()
    hot[0, :5] = 30_000
    usual, disturbed = (Percentile().apply(Picture(pixels=p)).pixels for p in (picture.pixels, hot))
    assert np.abs(usual - disturbed)[1:].max() < 0.05


def test_a_small_tumor_on_black_is_stretched_by_its_extremes():
    pixels = np.zeros((100, 100))
    pixels[50, 50] = 9
    step = Percentile().measure(Picture(pixels=pixels))
    assert step.values == (0, 9)


@pytest.mark.parametrize(
    ("step", "value"), [(Percentile(), 0.0), (Scale(), -1.0), (Scale(low=2, high=3), 2.0)], ids=["p", "s", "s2"]
)
def test_a_constant_image_does_not_divide_by_zero(step, value):
    assert (step.apply(Picture(pixels=np.full((4, 4), 7.0))).pixels == value).all()


def test_a_constant_image_has_no_z_score():
    out, (record,) = run(Picture(pixels=np.full((4, 4), 7.0)), [ZScore()])
    assert (out.pixels == 7).all()
    assert record["skipped"] == "all its pixels are equal"
    _, (record,) = run(Picture(pixels=np.pad(np.full((9, 9), 7.0), 9)), [ZScore()])
    assert record["skipped"] == "its foreground has one value only"


def test_z_score_agrees_with_intensity_normalization():
    picture = Picture(pixels=blob((40, 44, 30)))
    mask = foreground(picture.pixels).astype(np.float32)
    normalizer = ZScoreNormalizer()
    expected = normalizer.fit_transform(create_image(picture.pixels), create_image(mask)).get_data()
    step = ZScore().measure(picture)
    assert (step.mean, step.std) == pytest.approx((normalizer.mean, normalizer.std), rel=1e-5)
    np.testing.assert_allclose(step.apply(picture).pixels, expected, atol=1e-4)


def test_scale_uses_what_values_may_be_where_that_is_known():
    pixels = np.array([[0.0, 51.0, 204.0]])
    known = Picture(pixels=pixels, value_range=(0, 255))
    np.testing.assert_allclose(Scale().apply(known).pixels, [[-1, -0.6, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(Scale().apply(Picture(pixels=pixels)).pixels, [[-1, -0.5, 1]])


@pytest.mark.parametrize("offset", [-1024.0, 0.0, 3e4])
def test_scale_reaches_both_ends_exactly(offset, rng):
    out = Scale().apply(Picture(pixels=rng.random((30, 30)) * 700 + offset))
    assert (out.pixels.min(), out.pixels.max()) == (-1, 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Percentile(low=50, high=50),
        lambda: Percentile(low=-1),
        lambda: Percentile(high=101),
        lambda: Scale(low=1, high=1),
    ],
)
def test_settings_that_mean_nothing_are_refused(make):
    with pytest.raises(UsageError, match="expected"):
        make()
