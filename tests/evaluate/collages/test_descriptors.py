"""Descriptions of windows, on both sides of the search."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.collages.descriptors import PLACES, VIEWS, described, described_everywhere
from medcurate.evaluate.collages.windows import WINDOW, Windows, bands
from tests.evaluate.privacy.heads import heads


def test_both_sides_describe_a_window_alike(rng):
    pictures = bands(heads(rng, 2))
    table = described_everywhere(pictures)
    assert table.shape == (17, 17, 2, 35)
    center = (PLACES[6] + (WINDOW - 1) / 2, PLACES[9] + (WINDOW - 1) / 2)
    window = Windows(np.array([1]), *(np.array([each], np.float32) for each in center))
    as_it_is = list(described(pictures, window))[VIEWS.index((False, 0.0))]
    np.testing.assert_allclose(as_it_is[0], table[6, 9, 1], atol=1e-4)


def test_a_mirrored_picture_has_the_description_of_the_mirrored_view(rng):
    picture = heads(rng, 1)
    mirrored = np.ascontiguousarray(picture[:, :, ::-1])
    y, x = np.array([31.5], np.float32), np.array([25.5], np.float32)
    one = list(described(bands(picture), Windows(np.array([0]), y, x)))[VIEWS.index((False, 0.0))]
    other = list(described(bands(mirrored), Windows(np.array([0]), y, 63 - x)))[VIEWS.index((True, 0.0))]
    np.testing.assert_allclose(one, other, atol=1e-4)
