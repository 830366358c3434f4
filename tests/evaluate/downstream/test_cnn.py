"""The network: the same number of steps for every training set, the same answers every time."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.downstream.cnn import Cnn, class_loss, labeled_pixels
from tests.evaluate.downstream.downstream_samples import SIZE, labeled

pytest.importorskip("tensorflow")


def test_it_learns_and_gives_the_same_answers_again(rng):
    train, test = labeled(rng, 40), labeled(rng, 20)
    network = Cnn(SIZE, steps=40)
    first = network.predict(train.pixels, train.labels, test.pixels, classes=3, seed=1)
    np.testing.assert_allclose(first.sum(axis=1), 1, rtol=1e-5)
    assert (first.argmax(axis=1) == test.labels).mean() > 0.6
    again = network.predict(train.pixels, train.labels, test.pixels, classes=3, seed=1)
    np.testing.assert_array_equal(first, again)


def test_nothing_is_left_of_the_training_before(rng):
    train, test = labeled(rng, 10), labeled(rng, 5)
    network = Cnn(SIZE, steps=5)
    network.predict(train.pixels[::-1], train.labels[::-1], test.pixels, classes=3, seed=2)
    after = network.predict(train.pixels, train.labels, test.pixels, classes=3, seed=1)
    fresh = Cnn(SIZE, steps=5).predict(train.pixels, train.labels, test.pixels, classes=3, seed=1)
    np.testing.assert_allclose(after, fresh, atol=1e-6)


def test_pixels_and_classes_are_columns(rng):
    train = labeled(rng, 4)
    found = labeled_pixels(train.pixels, train.labels, 3)
    assert found.columns["target"].shape == (12, SIZE, SIZE, 1)
    np.testing.assert_array_equal(found.columns["labels"].argmax(axis=1), train.labels)


def test_the_loss_is_the_cross_entropy_of_the_logits(rng):
    logits = rng.normal(size=(4, 3)).astype(np.float32)
    batch = {"target": np.zeros((4, 1)), "labels": np.eye(3, dtype=np.float32)[[0, 1, 2, 1]]}
    found = float(np.asarray(class_loss(lambda _, training: logits, batch)))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert found == pytest.approx(-np.log(shares[range(4), [0, 1, 2, 1]]).mean(), rel=1e-5)


def test_steps_are_recorded():
    assert Cnn(SIZE, steps=60).settings["steps"] == 60


def test_images_that_are_too_small_are_refused():
    with pytest.raises(UsageError, match="8 pixels or more, received 4"):
        Cnn(4, steps=1)


def test_without_keras_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[train\]"):
        Cnn(SIZE, steps=1)
