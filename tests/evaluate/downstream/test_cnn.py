"""The network: the same number of steps for every training set, the same answers every time."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.downstream import cnn
from medcurate.evaluate.downstream.cnn import BATCH, Cnn
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


@pytest.mark.parametrize("per_class", [2, 30])
def test_small_and_large_sets_get_as_many_steps(rng, per_class):
    train = labeled(rng, per_class)
    batches = cnn._batches(train.pixels, train.labels, 7, 0)
    assert len(batches) == 7
    drawn = [batches[step] for step in range(7)]
    assert all(images.shape == (BATCH, SIZE, SIZE, 1) and len(labels) == BATCH for images, labels in drawn)
    assert all(np.abs(images).max() <= 1 for images, _ in drawn)
    assert set(np.concatenate([labels for _, labels in drawn]).tolist()) == {0, 1, 2}


def test_steps_are_recorded():
    assert Cnn(SIZE, steps=60).settings["steps"] == 60


def test_images_that_are_too_small_are_refused():
    with pytest.raises(UsageError, match="8 pixels or more, received 4"):
        Cnn(4, steps=1)


def test_without_keras_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtra, match=r"medcurate\[train\]"):
        Cnn(SIZE, steps=1)
