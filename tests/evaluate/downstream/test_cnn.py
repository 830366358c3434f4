"""The network: the same steps and augmentation for every training set, the same answers every time."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.downstream.cnn import Cnn, class_loss, labeled_pixels
from medcurate.evaluate.downstream.material import Labeled
from medcurate.learning.feed import Feed
from tests.evaluate.downstream.downstream_samples import SIZE, labeled

pytest.importorskip("tensorflow")


def test_it_learns_and_gives_the_same_answers_again(rng):
    train, test = unmirrored(labeled(rng, 40)), unmirrored(labeled(rng, 20))
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
    blank = {"target": np.zeros((4, 8, 8, 1), np.float32), "chance": np.full((4, 6), 0.5, np.float32)}
    batch = {**blank, "labels": np.eye(3, dtype=np.float32)[[0, 1, 2, 1]]}
    found = float(np.asarray(class_loss(lambda _, training: logits, batch)))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert found == pytest.approx(-np.log(shares[range(4), [0, 1, 2, 1]]).mean(), rel=1e-5)


def test_steps_and_augmentation_are_recorded():
    settings = Cnn(SIZE, steps=60).settings
    assert (settings["steps"], settings["images_seen"]) == (60, 60 * 32)
    assert settings["augmentation_of_every_set"]["flip"] == "left-right"
    assert settings["same_for_every_set"] == "steps, images seen, augmentation"


def test_every_training_set_has_as_many_steps_of_images_changed_anew(rng):
    network, few = Cnn(SIZE, steps=7), labeled(rng, 3)
    many = Labeled(np.concatenate([few.pixels] * 9), np.concatenate([few.labels] * 9))
    for train in (few, many):
        network.predict(train.pixels, train.labels, train.pixels[:1], classes=3, seed=1)
        training = network._trainings[3]
        assert int(np.asarray(training._optimizer.iterations)) == 7
        feed = Feed(labeled_pixels(train.pixels, train.labels, 3), training._setup, batch=32, seed=1)
        chances = np.concatenate([turn["chance"] for turns in feed.steps(0, 7) for turn in turns])
        assert len(np.unique(chances, axis=0)) == 7 * 32


def test_images_that_are_too_small_are_refused():
    with pytest.raises(UsageError, match="8 pixels or more, received 4"):
        Cnn(4, steps=1)


def test_without_keras_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[train\]"):
        Cnn(SIZE, steps=1)


def unmirrored(found):
    """Leave out the class whose images are mirror images of those of another."""
    kept = found.labels != 1
    return Labeled(found.pixels[kept], found.labels[kept])
