"""Every step that exists is told in words, done or not."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.curation_page.step_words import NAMES, step_words
from medcurate.curate.steps import (
    CropForeground,
    CutSlice,
    Orient,
    Pad,
    Percentile,
    Picture,
    Quantize,
    Resample,
    Resize,
    ZScore,
    preset,
    run,
)
from medcurate.curate.steps.running import STEPS
from tests.curate.scanned_folders import volume


def test_every_step_has_a_name():
    assert set(NAMES) == set(STEPS)


def told(picture: Picture, *steps) -> list[str]:
    return [step_words(record) for record in run(picture, steps)[1]]


def test_what_was_done_to_an_image():
    pixels = np.zeros((80, 60), np.uint8)
    pixels[10:70, 8:48] = 60 + np.arange(40)
    picture = Picture(pixels=pixels, spacing_mm=(1.0, 1.0), value_range=(0, 255))
    words = told(
        picture,
        Orient(), Resample(), CropForeground(margin=0), Resize(size=30), Percentile(), Pad(side=32), Quantize(bits=8),
    )  # fmt: skip
    assert words[0].startswith("Reorient to the standard view: not done, its orientation is unknown")
    assert words[1] == "Resample to one spacing: already uniform"
    assert words[2] == "Crop to the foreground: rows 10 to 70, columns 8 to 48, that is 40 × 60 pixels (margin 0%)"
    assert words[3] == "Scale: to 20 × 30"
    assert words[4].startswith("Stretch between percentiles: values 60.5 to 98.5 (0.5th to 99.5th percentile")
    assert words[5] == "Pad: 1 pixels top, 1 pixels bottom, 6 pixels left, 6 pixels right"
    assert words[6] == "Quantize to gray levels: 8 bits, 0 to 1 become 0 to 255"


def test_what_was_done_to_a_volume():
    voxels, _ = volume(1)
    picture = Picture(pixels=voxels, affine=np.diag([-1.0, -1.0, 1.0, 1.0]))
    words = told(picture, Orient(), Resample(spacing_mm=2.0), CropForeground(), ZScore(), CutSlice(index=4))
    assert words[0] == "Reorient to the standard view: axes flipped"
    assert words[1] == "Resample to one spacing: 20 × 24 × 18 of 2 mm"
    assert words[2].endswith("voxels (margin 5%)")
    assert words[3].startswith("Scale to z-scores: mean ")
    assert words[4] == "Cut a slice: axial, number 4 of the cropped stack, from 0"


def test_presets_are_told():
    voxels = np.repeat(volume(2)[0], 3, axis=2)
    words = told(Picture(pixels=voxels, affine=np.eye(4)), *preset("study-d"))
    assert any(text.startswith("Cut slices off both ends: ") for text in words)
    assert "Choose slices: 64 of them" in words
    assert all(": " in text for text in words)


@pytest.mark.parametrize("record", [{"step": "of_tomorrow"}, {"step": "resize", "measured": {}}, {"step": "pad"}, {}])
def test_a_record_of_another_version_is_told_by_its_name(record):
    assert step_words(record) == NAMES.get(record.get("step"), str(record.get("step")).replace("_", " ").capitalize())
