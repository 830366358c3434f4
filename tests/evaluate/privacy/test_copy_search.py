"""The search for the training image that an image is a copy of."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.privacy.copy_search import closest
from medcurate.evaluate.privacy.fingerprints import fingerprints_of
from tests.evaluate.privacy.heads import heads, moved, noisy, turned

KINDS = {
    "as it is": (lambda image, rng: image, "as it is", True),
    "flipped": (lambda image, rng: image[:, ::-1], "mirrored left to right", True),
    "upside down": (lambda image, rng: image[::-1], "mirrored upside down", True),
    "quarter turn": (lambda image, rng: np.rot90(image, -1), "turned by 90 degrees", True),
    "three quarters": (lambda image, rng: np.rot90(image, 1), "turned by 270 degrees", True),
    "2 degrees": (lambda image, rng: turned(image, 2), "as it is", False),
    "-2 degrees": (lambda image, rng: turned(image, -2), "as it is", False),
    "noisy": (noisy, "as it is", False),
    "shifted": (lambda image, rng: moved(image, 4, 3), "as it is", False),
    "all at once": (lambda image, rng: noisy(turned(image[:, ::-1], 2), rng, 12), "mirrored left to right", False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_found_with_what_was_done_to_it(rng, kind):
    change, words, equal = KINDS[kind]
    training = heads(rng, 60)
    wanted = rng.permutation(60)[:6]
    found = closest(
        fingerprints_of(np.stack([change(training[row], rng) for row in wanted])), fingerprints_of(training)
    )
    others = closest(fingerprints_of(heads(rng, 30)), fingerprints_of(training))
    assert found.training.tolist() == wanted.tolist()
    assert {found.change(row) for row in range(6)} == {words}
    assert (found.equal == equal).all()
    assert found.score.min() > others.score.max()
    assert not others.equal.any()


def test_what_shows_nothing_is_a_copy_of_nothing(rng):
    blank = np.zeros((2, 64, 64), np.uint8)
    training = np.concatenate([heads(rng, 5), blank])
    found = closest(fingerprints_of(np.concatenate([blank, training[:1]])), fingerprints_of(training))
    assert found.training.tolist() == [-1, -1, 0]
    assert found.score[:2].tolist() == [-1, -1]
    assert closest(fingerprints_of(training), fingerprints_of(blank)).training.tolist() == [-1] * 7


def test_small_heads_on_much_black_are_not_equal_for_that(rng):
    images = np.zeros((2, 64, 64), np.uint8)
    images[:, 30:36, 30:36] = rng.integers(60, 90, (2, 6, 6))
    found = closest(fingerprints_of(images[:1]), fingerprints_of(images[1:]))
    assert np.abs(images[0].astype(int) - images[1]).mean() < 0.5
    assert found.training.tolist() == [0]
    assert not found.equal.any()
    assert found.score[0] < 1


def test_the_answer_does_not_depend_on_the_order_or_on_the_number_searched_at_once(rng, monkeypatch):
    training, images = fingerprints_of(heads(rng, 20)), heads(rng, 9)
    found = closest(fingerprints_of(images), training)
    monkeypatch.setattr("medcurate.evaluate.privacy.copy_search._AT_ONCE", 2)
    done: list[int] = []
    again = closest(fingerprints_of(images[::-1]), training, done.append)
    np.testing.assert_array_equal(again.score[::-1], found.score)
    np.testing.assert_array_equal(again.training[::-1], found.training)
    assert sum(done) == len(found) == 9
