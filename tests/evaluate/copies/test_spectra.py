"""Spectra in which every scale counts the same: a blurred image has nearly those of its original."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.copies.spectra import FREQUENCIES, SIDE, read_spectra, spectra_of
from tests.evaluate.privacy.heads import heads, plain


def test_spectra_have_length_one_and_rings_of_equal_power(rng):
    found = spectra_of(heads(rng, 4)).values
    assert found.shape == (4, FREQUENCIES, FREQUENCIES)
    np.testing.assert_allclose(np.square(found).sum(axis=(1, 2)), 1, rtol=1e-5)
    assert np.abs(found[:, 0, 0]).max() == 0
    radius = np.rint(np.hypot(*np.mgrid[:FREQUENCIES, :FREQUENCIES]))
    power = [np.square(found[0][radius == r]).mean() for r in (3, 6, 12)]
    assert max(power) < 1.5 * min(power)


def test_brightness_contrast_and_blur_change_little(rng):
    image = heads(rng, 2)
    own = spectra_of(image).values[0]
    brighter = np.clip(image * 0.7 + 30, 0, 255).astype(np.uint8)
    blurred = np.stack([cv2.GaussianBlur(one, (0, 0), 1.5) for one in image])
    for changed in (brighter, blurred):
        found = spectra_of(changed).values
        assert (own * found[0]).sum() > 0.93
        assert abs((own * found[1]).sum()) < 0.6


@pytest.mark.parametrize(("size", "frequencies"), [(16, 8), (64, 24), (128, 24)])
def test_images_are_read_at_the_size_of_the_evaluation_and_at_most_at_64(rng, tmp_path, size, frequencies):
    images = heads(rng, 3)
    read = []
    found = read_spectra(plain(tmp_path, images), size, read.append)
    assert (found.values.shape, sum(read)) == ((3, frequencies, frequencies), 3)
    if size >= SIDE:
        np.testing.assert_array_equal(found.digests, spectra_of(images).digests)


def test_equal_images_have_equal_digests_and_flat_ones_no_spectrum(rng):
    image = heads(rng, 1)[0]
    found = spectra_of(np.stack([image, image, np.full_like(image, 9), image + (image == image.max())]))
    assert found.digests[0] == found.digests[1]
    assert found.digests[0] != found.digests[3]
    assert not found.values[2].any()
    assert len(found.take(np.array([1]))) == 1
