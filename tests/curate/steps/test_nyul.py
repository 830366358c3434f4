from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from intensity_normalization import NyulNormalizer, create_image

from medcurate.curate.steps import Nyul, NyulLandmarks, Picture, from_record, run
from medcurate.curate.steps.foreground import foreground
from medcurate.curate.steps.nyul import PERCENTILES
from medcurate.errors import MissingExtra, UsageError
from tests.curate.steps.samples import STANDARD


@pytest.fixture
def pictures(rng):
    """Give brains from scanners that differ in gain and gamma."""
    made = []
    for gain, gamma in ((1, 1.0), (3, 0.8), (0.5, 1.3), (10, 1.1)):
        pixels = np.zeros((60, 60))
        pixels[8:52, 8:52] = rng.normal(60, 6, (44, 44))
        pixels[20:40, 20:40] = rng.normal(100, 4, (20, 20))
        made.append(Picture(pixels=gain * pixels.clip(0) ** gamma))
    return made


def library(pictures):
    masks = [create_image(foreground(p.pixels).astype(np.float32)) for p in pictures]
    images = [create_image(p.pixels) for p in pictures]
    return NyulNormalizer().fit_population(images, masks), images, masks


def test_landmarks_and_mapping_agree_with_the_library(pictures):
    normalizer, images, masks = library(pictures)
    landmarks = NyulLandmarks.fit(pictures)
    assert landmarks.pictures == 4
    assert tuple(normalizer.percentiles) == PERCENTILES
    np.testing.assert_allclose(landmarks.standard, normalizer.standard_scale, rtol=1e-9)
    for picture, one, mask in zip(pictures, images, masks, strict=True):
        expected = normalizer.transform(one, mask).get_data()
        np.testing.assert_allclose(Nyul(standard=landmarks.standard).apply(picture).pixels, expected, atol=1e-3)


def test_scanners_agree_afterwards(pictures):
    step = Nyul(standard=NyulLandmarks.fit(pictures).standard)
    before = [np.median(p.pixels[20:40, 20:40]) for p in pictures]
    after = [np.median(step.apply(p).pixels[20:40, 20:40]) for p in pictures]
    assert np.std(before) / np.mean(before) > 0.5
    assert np.std(after) / np.mean(after) < 0.02


def test_order_does_not_matter_and_pictures_are_taken_one_by_one(pictures):
    assert NyulLandmarks.fit(iter(pictures)) == NyulLandmarks.fit(reversed(pictures))


def test_landmarks_come_back_from_json(pictures):
    landmarks = NyulLandmarks.fit(pictures)
    assert NyulLandmarks.from_json(json.loads(json.dumps(landmarks.to_json()))) == landmarks


def test_pictures_without_foreground_are_passed_over(pictures):
    black = Picture(pixels=np.zeros((9, 9)))
    flat = Picture(pixels=np.pad(np.ones((9, 9)), 9))
    assert NyulLandmarks.fit([black, *pictures, flat]) == NyulLandmarks.fit(pictures)
    with pytest.raises(UsageError, match="received none"):
        NyulLandmarks.fit([black, flat])
    for picture in (black, flat):
        assert "skipped" in run(picture, [Nyul(standard=STANDARD)])[1][0]


def test_the_standard_maps_to_itself(pictures):
    """Doing it twice is doing it once, as far as the foreground is the same: landmarks become the standard."""
    step = Nyul(standard=NyulLandmarks.fit(pictures).standard)
    inside = foreground(pictures[0].pixels)
    once = step.apply(pictures[0]).pixels
    found = np.percentile(once[inside], PERCENTILES)
    np.testing.assert_allclose(found, step.standard, rtol=0.01)


def test_landmarks_that_fall_on_one_value_make_no_nan():
    pixels = np.zeros((40, 40))
    pixels[10:30, 10:30] = 50
    pixels[10:30, 10:13] = 60
    out = Nyul(standard=STANDARD).apply(Picture(pixels=pixels))
    assert np.isfinite(out.pixels).all()
    assert out.pixels[11, 11] > out.pixels[20, 20] > out.pixels[0, 0]


def test_the_extra_is_named_where_it_is_missing_and_applying_does_without(pictures, monkeypatch):
    out, (record,) = run(pictures[0], [Nyul(standard=STANDARD)])
    monkeypatch.setitem(sys.modules, "intensity_normalization", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[normalize\]"):
        NyulLandmarks.fit(pictures)
    assert (from_record(record).apply(pictures[0]).pixels == out.pixels).all()


@pytest.mark.parametrize("standard", [(), (1.0, 2.0), tuple(reversed(STANDARD))])
def test_a_standard_that_is_none_is_refused(standard):
    with pytest.raises(UsageError, match="11 ascending values"):
        Nyul(standard=standard)
