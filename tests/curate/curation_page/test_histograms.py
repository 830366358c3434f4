"""Histograms of a sample: shares, not counts; each image counts as much as another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medcurate.curate.curation_page.histograms import BINS, VALUES, band, foreground_values
from tests.curate.scanned_folders import head


def test_the_median_and_the_band_are_over_images():
    samples = [np.full(10 * (n + 1), 4.0 * n, np.float32) for n in range(11)]
    found = band(samples, (0, 255))
    assert (found.images, len(found.middle)) == (11, BINS)
    assert (found.low, found.high) == (0, 255)
    assert found.middle[0] == 0  # one image in eleven: the median is without
    found = band([np.zeros(5, np.float32)] * 3 + [np.full(99, 200, np.float32)], (0, 255))
    assert found.middle[0] == 1
    assert found.least[0] == pytest.approx(0.3)
    assert found.most[50] == pytest.approx(0.7)


def test_whole_numbers_give_no_teeth(rng):
    flat = np.arange(0, 256, dtype=np.float32).repeat(4)
    assert len(set(band([flat], (0, 255)).middle)) == 1
    assert len(set(band([flat[flat < 192]]).middle[:-1])) == 1


@settings(deadline=None)
@given(st.lists(arrays(np.float32, st.integers(0, 40), elements=st.floats(-1e6, 1e6, width=32)), max_size=6))
def test_shares_are_shares(samples):
    found = band(samples)
    assert (found is None) == (not any(sample.size for sample in samples))
    if found is not None:
        assert found.low < found.high
        assert all(0 <= a <= b <= c <= 1 for a, b, c in zip(found.least, found.middle, found.most, strict=True))
        if found.images == 1:
            assert 0 <= sum(found.middle) <= 1 + 1e-9


def test_only_foreground_counts_and_not_too_much_of_it():
    pixels = head((200, 200), 3)
    values = foreground_values(pixels)
    assert 500 < values.size <= VALUES
    assert values.min() > 0
    assert foreground_values(np.zeros((9, 9), np.uint8)).size == 0
