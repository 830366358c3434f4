"""The classic classifier: learns, is the same every time, and gains nothing from repetition."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.encoders import encoder
from medcurate.evaluate.downstream.classic import Classic
from tests.evaluate.downstream.downstream_samples import labeled


@pytest.fixture
def sides(rng):
    real, test = labeled(rng, 40), labeled(rng, 30)
    classic = Classic(encoder("classical"), real.pixels, seed=0)
    return classic, (classic.represent(real.pixels), real.labels), (classic.represent(test.pixels), test.labels)


def accuracy(classic, train, test):
    return (classic.predict(*train, test[0], classes=3, seed=0).argmax(axis=1) == test[1]).mean()


def test_it_learns_and_says_probabilities(sides):
    classic, train, test = sides
    found = classic.predict(*train, test[0], classes=3, seed=0)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert (found.argmax(axis=1) == test[1]).mean() > 0.6
    np.testing.assert_array_equal(found, classic.predict(*train, test[0], classes=3, seed=0))


def test_a_class_that_does_not_train_is_never_said(sides):
    classic, (images, labels), (test, _) = sides
    found = classic.predict(images[labels != 1], labels[labels != 1], test, classes=3, seed=0)
    assert found.shape[1] == 3
    assert not found[:, 1].any()


def test_every_training_set_has_one_total_weight_so_that_repetition_changes_nothing(sides):
    classic, (images, labels), test = sides
    thrice = np.concatenate([images] * 3), np.concatenate([labels] * 3)
    once = classic.predict(images, labels, test[0], classes=3, seed=0)
    np.testing.assert_allclose(classic.predict(*thrice, test[0], classes=3, seed=0), once, atol=0.01)
    assert classic.settings["total_weight"] == 3000
    assert classic.settings["same_for_every_set"].startswith("total weight")


def test_with_the_features_of_a_network_it_bears_another_name(sides, rng):
    real = labeled(rng, 5).pixels
    assert Classic(encoder("classical"), real, seed=0, name="pretrained").settings["model"] == "pretrained"


def test_the_form_of_an_image_does_not_depend_on_its_neighbors(sides, rng):
    classic, _, _ = sides
    images = labeled(rng, 100).pixels
    together = classic.represent(images)
    np.testing.assert_allclose(together[270:], classic.represent(images[270:]), rtol=1e-4, atol=1e-5)
    assert together.dtype == np.float32


def test_equal_images_are_no_error():
    gray = np.full((12, 16, 16), 7, np.uint8)
    classic = Classic(encoder("classical"), gray, seed=0)
    found = classic.predict(classic.represent(gray), np.arange(12) % 2, classic.represent(gray[:2]), classes=2, seed=0)
    np.testing.assert_allclose(found, 0.5, atol=1e-3)
