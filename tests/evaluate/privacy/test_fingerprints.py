"""Small pictures and their lowest frequencies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.fft import dctn

from medcurate.evaluate.privacy.fingerprints import (
    CHANGES,
    FREQUENCIES,
    SIDE,
    fingerprints,
    fingerprints_of,
    framed,
    in_view,
    low_frequencies,
    turn,
)
from tests.evaluate.privacy.heads import heads, moved, plain


def test_the_frequencies_are_those_of_scipys_cosine_transform(rng):
    images = heads(rng, 3)
    expected = dctn(images.astype(np.float64), axes=(1, 2), norm="ortho")[:, :FREQUENCIES, :FREQUENCIES]
    expected[:, 0, 0] = 0
    expected /= np.linalg.norm(expected, axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(low_frequencies(images), expected, atol=2e-5)


@pytest.mark.parametrize("view", range(len(CHANGES)))
def test_a_view_of_the_frequencies_is_the_frequencies_of_the_view(rng, view):
    images = heads(rng, 2)
    seen = np.stack([turn(image, view) for image in images])
    np.testing.assert_allclose(in_view(low_frequencies(images), view), low_frequencies(seen), atol=2e-5)


def test_views_do_what_their_names_say():
    image = np.arange(6).reshape(2, 3)
    what = {
        "as it is": image,
        "mirrored left to right": image[:, ::-1],
        "mirrored upside down": image[::-1],
        "turned by 180 degrees": np.rot90(image, 2),
        "mirrored along the diagonal": image.T,
        "turned by 90 degrees": np.rot90(image, -1),  # clockwise
        "turned by 270 degrees": np.rot90(image, 1),
        "mirrored along the other diagonal": np.rot90(image, 2).T,
    }
    for view, name in enumerate(CHANGES):
        np.testing.assert_array_equal(turn(image, view), what[name])


def test_the_product_of_two_vectors_is_their_correlation(rng):
    images = heads(rng, 2)
    found = fingerprints_of(images).vectors
    small = images.reshape(2, 32, 2, 32, 2).mean(axis=(2, 4)).reshape(2, -1)
    assert found[0] @ found[1] == pytest.approx(np.corrcoef(small)[0, 1], abs=1e-5)
    assert found[0] @ found[0] == pytest.approx(1, abs=1e-5)


def test_a_picture_that_shows_nothing_is_known_by_it():
    found = fingerprints_of(np.full((2, SIDE, SIDE), 7, np.uint8))
    assert not found.shows.any()
    assert not found.vectors.any()
    assert not found.plain.any()


def test_a_framed_picture_does_not_depend_on_where_its_content_lies(rng):
    (image,) = heads(rng, 1)
    apart = np.abs(framed(image).astype(int) - framed(moved(image, 3, -2))).mean()
    assert apart < 3
    assert np.abs(image.astype(int) - moved(image, 3, -2)).mean() > 20


def test_a_dataset_gives_what_its_images_give_whatever_their_size(tmp_path, rng):
    images = heads(rng, 5)
    large = images.repeat(2, axis=1).repeat(2, axis=2)
    seen: list[int] = []
    found = fingerprints(plain(tmp_path / "a", large), 128, seen.append)
    expected = fingerprints_of(images)
    np.testing.assert_array_equal(found.thumbnails, expected.thumbnails)
    np.testing.assert_allclose(found.plain, expected.plain, atol=1e-6)
    np.testing.assert_allclose(found.vectors, expected.vectors, atol=1e-6)
    assert sum(seen) == len(found) == 5


def test_both_sides_lose_the_same_detail_where_images_are_small(tmp_path, rng):
    found = fingerprints(plain(tmp_path / "a", heads(rng, 2)), 16)
    assert found.thumbnails.shape == (2, SIDE, SIDE)
    assert not low_frequencies(found.thumbnails)[:, 15, 15].any() or abs(found.plain[:, 15, 15]).max() < 0.01
