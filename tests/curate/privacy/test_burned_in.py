"""Text in the pixels is found, anatomy is not taken for text, wherever the text stands."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.curate.privacy.burned_in import find_text
from medcurate.curate.privacy.text_lines import FEATURES, text_lines
from tools.text_training.planting import plant_text


@pytest.fixture(scope="module")
def heads() -> list[np.ndarray]:
    """Give smooth ellipses within ellipses, with noise: what a head looks like from afar."""
    rng = np.random.default_rng(3)
    out = []
    for _ in range(8):
        image = np.zeros((256, 256), np.float32)
        for axes, gray in (((100, 80), 200), ((92, 72), 40), ((86, 66), 120), ((20, 34), 60)):
            cv2.ellipse(image, (128, 128), axes, 90, 0, 360, gray, -1)
        image = cv2.GaussianBlur(image, (0, 0), 2) + rng.normal(0, 4, image.shape).astype(np.float32)
        out.append(np.clip(image, 0, 255).astype(np.uint8))
    return out


def test_privacy_p2_text_is_found_where_it_stands(heads, rng):
    found = 0
    for image in heads * 3:
        planted = plant_text(rng, image, height_px=14, contrast=0.9, angle_deg=0, text="SMITH JOHN 1953")
        regions = find_text(planted.image)
        rows, columns = np.nonzero(planted.letters)
        overlap = [
            max(0, min(r.box[2], columns.max()) - max(r.box[0], columns.min()))
            * max(0, min(r.box[3], rows.max()) - max(r.box[1], rows.min()))
            for r in regions
        ]
        found += any(area > 0 for area in overlap)
    assert found >= 22  # of 24


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_privacy_p2_turned_text_is_found(heads, rng, angle):
    hits = sum(
        bool(find_text(plant_text(rng, image, height_px=14, contrast=1.0, angle_deg=angle, text="MILLER 4711").image))
        for image in heads
    )
    assert hits >= 6


def test_privacy_p2_no_text_where_there_is_none(heads):
    assert sum(bool(find_text(image)) for image in heads) == 0
    assert find_text(np.full((40, 40), 7, np.uint8)) == []


def test_gray_depth_does_not_matter(heads, rng):
    planted = plant_text(rng, heads[0], height_px=14, contrast=1.0, angle_deg=0, text="SMITH JOHN").image
    deep = planted.astype(np.uint16) * 257
    assert [r.box for r in find_text(deep)] == [r.box for r in find_text(planted)]


def test_boxes_of_turned_rows_lie_on_the_letters(heads, rng):
    planted = plant_text(rng, heads[1], height_px=16, contrast=1.0, angle_deg=90, text="ABCDEFGH")
    best = find_text(planted.image, min_probability=0.0)[0]
    left, top, right, bottom = best.box
    assert planted.letters[top:bottom, left:right].sum() > 0.5 * planted.letters.sum()


def test_features_are_finite_and_named(heads):
    lines = [line for image in heads for line in text_lines(image)]
    assert all(line.features.shape == (len(FEATURES),) and np.isfinite(line.features).all() for line in lines)


def test_noise_is_no_text(rng):
    noisy = rng.integers(0, 255, (200, 200), dtype=np.uint8)
    assert find_text(noisy) == []


@pytest.mark.realdata
def test_privacy_p2_false_alarms_on_clean_slices(realdata):
    files = sorted((realdata / "slices").rglob("*.png"))[::12]
    alarms = sum(bool(find_text(cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_GRAYSCALE))) for file in files)
    assert len(files) > 90
    assert alarms <= 0.05 * len(files)
