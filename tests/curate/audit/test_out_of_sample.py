"""Held-out probabilities: groups stay whole, copies cannot vouch for each other, the same seed gives the same."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.audit import out_of_sample
from medcurate.curate.audit.out_of_sample import predict_held_out
from medcurate.errors import UsageError


def blobs(rng, n=240, classes=3):
    labels = rng.integers(0, classes, n)
    centers = rng.normal(size=(classes, 8)) * 3
    return (centers[labels] + rng.normal(size=(n, 8))).astype(np.float32), labels


def test_what_can_be_told_apart_is_told_apart(rng):
    features, labels = blobs(rng)
    told = []
    p = predict_held_out(features, labels, np.arange(len(labels)), after_fold=lambda: told.append(1))
    assert (p.argmax(axis=1) == labels).mean() > 0.95
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=2e-4)
    assert len(told) == 5


def test_copies_do_not_vouch_for_each_other(rng):
    # Labels of chance: only what has seen the copy can know better than chance.
    labels = np.repeat(rng.integers(0, 2, 150), 2)
    features = np.repeat(rng.normal(size=(150, 8)), 2, axis=0).astype(np.float32)
    apart = predict_held_out(features, labels, np.arange(300))
    together = predict_held_out(features, labels, np.repeat(np.arange(150), 2))
    assert (apart.argmax(axis=1) == labels).mean() > 0.75
    assert (together.argmax(axis=1) == labels).mean() < 0.65


def test_groups_stay_whole_and_folds_are_balanced(rng):
    labels = np.r_[np.zeros(400, int), np.ones(100, int)]
    groups = np.concatenate([rng.integers(0, 80, 400), rng.integers(80, 100, 100)])
    folds = out_of_sample._folds(labels, groups, 5, 0)
    assert sorted(np.concatenate(folds)) == list(range(500))
    for number, fold in enumerate(folds):
        others = np.concatenate(folds[:number] + folds[number + 1 :])
        assert not np.isin(groups[fold], groups[others]).any()
        assert (labels[fold] == 1).sum() == pytest.approx(20, abs=8)
        assert (labels[fold] == 0).sum() == pytest.approx(80, abs=16)


def test_the_same_seed_gives_the_same(rng):
    features, labels = blobs(rng, 60, 2)
    groups = np.arange(60)
    first = predict_held_out(features, labels, groups, seed=3)
    np.testing.assert_array_equal(first, predict_held_out(features, labels, groups, seed=3))
    assert not np.array_equal(first, predict_held_out(features, labels, groups, seed=4))


def test_no_more_train_than_fit_into_memory(rng, monkeypatch):
    monkeypatch.setattr(out_of_sample, "_MAX_TRAIN", 40)
    features, labels = blobs(rng)
    p = predict_held_out(features, labels, np.arange(len(labels)))
    assert (p.argmax(axis=1) == labels).mean() > 0.85


@pytest.mark.parametrize(
    ("labels", "groups", "sizes"), [([], [], "none"), ([0, 0, 0], [0, 1, 2], "3"), ([0, 0, 1, 1], [0, 1, 2, 2], "2, 1")]
)
def test_too_little_to_learn_from(labels, groups, sizes):
    with pytest.raises(UsageError, match=f"the types here have {sizes}$"):
        predict_held_out(np.zeros((len(labels), 2), np.float32), np.array(labels, int), np.array(groups, int))
