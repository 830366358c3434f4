"""The closest image of each image is found in eight views, and images that must not be compared are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.evaluate.copies.search import best_matches
from medcurate.evaluate.copies.spectra import Spectra, spectra_of
from medcurate.evaluate.privacy.fingerprints import CHANGES, in_view, turn
from tests.evaluate.privacy.heads import heads, noisy


@pytest.fixture(scope="module")
def images():
    return heads(np.random.default_rng(20261130), 12)


@pytest.mark.parametrize("view", range(len(CHANGES)), ids=CHANGES)
def test_an_image_in_any_view_finds_its_original_and_the_way_back(images, view):
    turned = np.stack([turn(image, view) for image in images])
    found = best_matches(spectra_of(turned), spectra_of(images))
    np.testing.assert_array_equal(found.row, np.arange(len(images)))
    np.testing.assert_array_equal(turn(turned[0], int(found.view[0])), images[0])
    assert found.likeness.min() > 0.999
    assert found.equal.all() == (view == 0)


def test_the_two_products_are_the_best_of_eight_views(images):
    rng = np.random.default_rng(1)
    one, other = (
        Spectra(
            rng.normal(size=(5, 6, 6)).astype(np.float32) / 6, np.array([bytes([at + n] * 16) for n in range(5)], "V16")
        )
        for at in (0, 100)
    )
    every = [
        [max((in_view(a[None], view)[0] * b).sum() for view in range(8)) for b in other.values] for a in one.values
    ]
    found = best_matches(one, other)
    np.testing.assert_array_equal(found.row, np.argmax(every, axis=1))
    np.testing.assert_allclose(found.likeness, np.max(every, axis=1), rtol=1e-5)


def test_copies_with_noise_blur_and_compression_are_above_the_limit_and_others_below(images):
    rng = np.random.default_rng(2)
    changed = {
        "noise": np.stack([noisy(image, rng, 12) for image in images]),
        "blur": np.stack([cv2.GaussianBlur(image, (0, 0), 1.5) for image in images]),
        "jpeg": np.stack([cv2.imdecode(cv2.imencode(".jpg", image, [1, 60])[1], 0) for image in images]),
    }
    for name, copies in changed.items():
        found = best_matches(spectra_of(copies), spectra_of(images))
        assert found.likeness.min() > 0.9, name
        np.testing.assert_array_equal(found.row, np.arange(len(images)))
        assert not found.equal.any()
    others = best_matches(spectra_of(heads(rng, 12)), spectra_of(images))
    assert others.likeness.max() < 0.9


def test_images_of_one_group_are_not_compared_not_even_equal_ones(images):
    spectra = spectra_of(np.concatenate([images[:3], images[:3]]))
    group = np.array([0, 1, 2, 0, 1, 9])
    found = best_matches(spectra, spectra, apart=(group, group))
    np.testing.assert_array_equal(found.equal, [False, False, True, False, False, True])
    assert (found.row[2], found.row[5]) == (5, 2)
    alone = best_matches(spectra, spectra, apart=(np.zeros(6, int), np.zeros(6, int)))
    assert (alone.row == -1).all()
    assert (alone.likeness == -1).all()


def test_the_image_that_one_stands_for_counts_only_where_it_is_equal(images):
    brighter = np.clip(images[:2] * 0.8, 0, 255).astype(np.uint8)
    queries = spectra_of(np.stack([brighter[0], images[1]]))
    found = best_matches(queries, spectra_of(images), excused=np.array([0, 1]))
    assert found.likeness[0] < 0.9
    assert found.equal.tolist() == [False, True]
    assert found.row[1] == 1


def test_images_that_show_nothing_match_only_equal_ones(images):
    flat = np.stack([np.full_like(images[0], 7), np.full_like(images[0], 8)])
    found = best_matches(spectra_of(flat), spectra_of(np.concatenate([images, flat[:1]])))
    assert found.equal.tolist() == [True, False]
    assert found.likeness[1] < 0.1


def test_nothing_to_compare_with_is_no_match(images):
    nothing = spectra_of(images[:0])
    assert best_matches(spectra_of(images[:2]), nothing).row.tolist() == [-1, -1]
    assert len(best_matches(nothing, spectra_of(images))) == 0
