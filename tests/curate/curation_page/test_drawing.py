"""Pictures and charts: small, proportioned, and with words for those who cannot see them."""

from __future__ import annotations

import base64
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest

from medcurate.curate.curation_page.drawing import band_chart, thumbnail
from medcurate.curate.curation_page.histograms import band
from tests.curate.scanned_folders import head


def decoded(address: str) -> np.ndarray:
    kind, content = address.split(",")
    assert kind == "data:image/jpeg;base64"
    return cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize(("aspect", "shape"), [(1.0, (50, 100)), (2.0, (100, 100)), (0.5, (25, 100))])
def test_a_thumbnail_has_the_proportions_of_the_body(aspect, shape):
    found = decoded(thumbnail(head((40, 80), 1), 100, as_is=True, aspect=aspect))
    assert found.shape == shape


def test_a_thumbnail_shows_the_image():
    pixels = head((120, 120), 2)
    assert np.abs(decoded(thumbnail(pixels, 120, as_is=True)).astype(float) - pixels).mean() < 4
    raw = pixels.astype(np.float32) * 7 - 300
    stretched = decoded(thumbnail(raw, 120, as_is=False))
    assert (stretched.min(), stretched.max()) == (0, 255)


def test_a_chart_is_well_formed_and_says_what_it_shows(rng):
    samples = [rng.normal(100, 10, 500).astype(np.float32) for _ in range(5)]
    title = 'Gray values of <b>"mine" & yours</b>'
    chart = band_chart(band(samples), "h1", title)
    root = ET.fromstring(chart)
    assert root.get("role") == "img"
    names = {element.get("id"): element.text for element in root if element.get("id")}
    assert names["h1-t"] == title
    assert "The median of 5 images peaks near" in names["h1-d"]
    words = [element.text for element in root.iter("text")]
    assert {"gray value", "share of pixels", "0"} <= set(words)
    box = [float(side) for side in root.get("viewBox").split()]
    points = [tuple(map(float, p.split(","))) for e in root if e.get("points") for p in e.get("points").split()]
    assert len(points) > 100
    assert all(0 <= x <= box[2] and 0 <= y <= box[3] for x, y in points)
    assert min(y for _, y in points) < 20  # it fills its height
