from __future__ import annotations

import sys

import numpy as np
import pytest
from intensity_normalization import Modality, WhiteStripeNormalizer, create_image

from medcurate.curate.steps import Picture, WhiteStripe, from_record, run
from medcurate.curate.steps.foreground import foreground
from medcurate.errors import MissingExtra, UsageError


def brain(rng, scale=1.0):
    """Give gray and white matter, well apart, on black."""
    pixels = np.zeros((80, 80))
    pixels[10:70, 10:70] = rng.normal(60, 4, (60, 60))
    pixels[25:55, 25:55] = rng.normal(100, 3, (30, 30))
    return Picture(pixels=scale * pixels.clip(0), contrast="T1")


def test_white_matter_becomes_zero_and_gray_matter_negative(rng):
    out = WhiteStripe().apply(brain(rng))
    assert np.median(out.pixels[26:54, 26:54]) == pytest.approx(0, abs=1)
    assert np.median(out.pixels[11:24, 11:69]) < -10


@pytest.mark.parametrize("contrast", ["T1", "T1ce", "T2", "FLAIR", "PD"])
def test_it_agrees_with_the_library_on_the_same_foreground(contrast, rng):
    picture = brain(rng).replace(contrast=contrast)
    normalizer = WhiteStripeNormalizer(modality=Modality({"T1ce": "t1"}.get(contrast, contrast.lower())))
    mask = foreground(picture.pixels).astype(np.float32)
    expected = normalizer.fit_transform(create_image(picture.pixels), create_image(mask)).get_data()
    np.testing.assert_allclose(WhiteStripe().apply(picture).pixels, expected, atol=0.05)


def test_scanner_gain_cancels_out(rng):
    state = rng.bit_generator.state
    first = WhiteStripe().apply(brain(rng))
    rng.bit_generator.state = state
    np.testing.assert_allclose(WhiteStripe().apply(brain(rng, scale=7.5)).pixels, first.pixels, atol=1e-2)


def test_the_contrast_must_be_known(rng):
    out, (record,) = run(brain(rng).replace(contrast=None), [WhiteStripe()])
    assert "contrast is unknown" in record["skipped"]
    assert out.pixels.max() > 90
    assert "skipped" not in run(out, [WhiteStripe(contrast="T1")])[1][0]


def test_no_stripe_is_recorded_as_skipped():
    pixels = np.zeros((30, 30))
    pixels[10:20, 10:20] = np.where(np.indices((10, 10)).sum(0) % 2, 50, 60)
    _, (record,) = run(Picture(pixels=pixels, contrast="T1"), [WhiteStripe()])
    assert record["skipped"] == "no white stripe was found in its histogram"


def test_the_extra_is_named_where_it_is_missing_and_records_do_without(rng, monkeypatch):
    picture = brain(rng)
    out, (record,) = run(picture, [WhiteStripe()])
    monkeypatch.setitem(sys.modules, "intensity_normalization", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[normalize\]"):
        WhiteStripe().apply(picture)
    assert (from_record(record).apply(picture).pixels == out.pixels).all()


@pytest.mark.parametrize("settings", [{"contrast": "T9"}, {"width": 0}, {"width": 0.6}])
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(UsageError, match="received"):
        WhiteStripe(**settings)
