"""PlaneSorter: a scikit-learn estimator, semi-supervised, with and without a prior."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from medcurate.curate.planes.sorter import UNLABELED, PlaneSorter


@parametrize_with_checks([PlaneSorter()])
def test_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


def _blobs(rng, count=60, classes=3, distance=4.0, width=8):
    centers = np.eye(classes, width) * distance
    y = np.repeat(np.arange(classes), count)
    return centers[y] + rng.normal(size=(len(y), width)), y


def _prior(scores, classes=3):
    return SimpleNamespace(
        classes=np.arange(classes), gamma=0.005, sharpness=3.0, radius=2.0, decision=lambda X: scores(np.asarray(X))
    )


def _nearest_center(X, distance=4.0, classes=3, noise=0.0, seed=0):
    near = X[:, :classes] / distance
    near = near + np.random.default_rng(seed).normal(size=near.shape) * noise
    return 2 * np.eye(classes)[near.argmax(axis=1)] - 1.0


def test_one_label_a_class_and_the_rest_unlabeled(rng):
    X, truth = _blobs(rng)
    y = np.full(len(truth), UNLABELED)
    for code in range(3):
        y[np.flatnonzero(truth == code)[0]] = code
    semi = PlaneSorter(spread=4.0, width=2.0).fit(X, y)
    alone = PlaneSorter(spread=0.0).fit(X, y)
    assert (semi.predict(X) == truth).mean() >= max(0.95, (alone.predict(X) == truth).mean())


def test_the_prior_answers_without_any_label(rng):
    X, truth = _blobs(rng)
    sorter = PlaneSorter(_prior(_nearest_center)).fit(X, np.full(len(X), UNLABELED))
    assert (sorter.predict(X) == truth).mean() > 0.98
    assert sorter.classes_.tolist() == [0, 1, 2]


def test_neighbors_mend_a_noisy_prior(rng):
    X, truth = _blobs(rng)

    def noisy(X):
        return _nearest_center(X, noise=0.55)

    unlabeled = np.full(len(X), UNLABELED)
    alone = PlaneSorter(_prior(noisy), spread=0.0).fit(X, unlabeled)
    together = PlaneSorter(_prior(noisy), spread=6.0, width=2.0).fit(X, unlabeled)
    errors_alone = (alone.predict(X) != truth).sum()
    assert errors_alone > 10
    assert (together.predict(X) != truth).sum() < errors_alone / 2


def test_labels_overrule_a_wrong_prior(rng):
    X, truth = _blobs(rng)

    def swapped(X):
        return _nearest_center(X)[:, [1, 0, 2]]

    y = np.full(len(truth), UNLABELED)
    y[::2] = truth[::2]
    sorter = PlaneSorter(_prior(swapped)).fit(X, y)
    assert (sorter.predict(X) == truth).mean() > 0.95


def test_an_image_far_from_everything_is_undecided():
    def silent(X):
        return np.exp(-np.linalg.norm(X, axis=1))[:, None] * np.array([[1.0, -1.0, -1.0]])

    near, far = np.zeros((5, 4)), np.full((1, 4), 50.0)
    sorter = PlaneSorter(_prior(silent)).fit(np.concatenate([near, far]), np.full(6, UNLABELED))
    probability = sorter.predict_proba(np.concatenate([near, far]))
    assert probability[0].argmax() == 0
    assert probability[0, 0] > 0.9
    np.testing.assert_allclose(probability[-1], 1 / 3, atol=1e-6)


def test_a_lonely_image_keeps_its_own_answer(rng):
    X = np.concatenate([rng.normal(size=(30, 4)) * 0.1, np.full((1, 4), 40.0)])

    def split(X):
        return np.where(np.linalg.norm(X, axis=1)[:, None] > 10, [[-1.0, 1.0, -1.0]], [[1.0, -1.0, -1.0]])

    own = PlaneSorter(_prior(split), spread=0.0).fit(X, np.full(31, UNLABELED)).predict_proba(X)
    spread = PlaneSorter(_prior(split), spread=5.0).fit(X, np.full(31, UNLABELED)).predict_proba(X)
    np.testing.assert_allclose(own[-1], spread[-1], atol=1e-6)


def test_the_order_of_rows_does_not_matter(rng):
    X, truth = _blobs(rng)
    y = np.where(rng.random(len(truth)) < 0.1, truth, UNLABELED)
    order = rng.permutation(len(y))
    first = PlaneSorter().fit(X, y).predict_proba(X)
    second = PlaneSorter().fit(X[order], y[order]).predict_proba(X)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_the_graph_is_bounded_and_keeps_all_labels(rng):
    X, truth = _blobs(rng)
    y = np.where(np.arange(len(truth)) % 20 == 0, truth, UNLABELED)
    sorter = PlaneSorter(max_samples=40, random_state=1).fit(X, y)
    assert sorter._graph.n_samples_fit_ == 40
    kept = {row.tobytes() for row in sorter._graph._fit_X}
    assert all(row.tobytes() in kept for row in X[y != UNLABELED])
    again = clone(sorter).fit(X, y)
    np.testing.assert_array_equal(sorter.predict_proba(X), again.predict_proba(X))


def test_copies_make_no_image_surer(rng):
    X = rng.normal(size=(1, 8))
    prior = _prior(lambda X: np.tile([[0.4, -0.2, -0.4]], (len(X), 1)))
    alone = PlaneSorter(prior).fit(X, [UNLABELED]).predict_proba(X)
    copied = PlaneSorter(prior).fit(np.repeat(X, 9, axis=0), [UNLABELED] * 9).predict_proba(X)
    np.testing.assert_allclose(copied, alone)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tiny_inputs(rng, count):
    X = rng.normal(size=(count, 8))
    if count == 0:
        with pytest.raises(ValueError, match="0 sample"):
            PlaneSorter(_prior(_nearest_center)).fit(X, np.zeros(0, int))
        return
    probability = PlaneSorter(_prior(_nearest_center)).fit(X, np.full(count, UNLABELED)).predict_proba(X)
    np.testing.assert_allclose(probability.sum(axis=1), 1)


def test_no_label_and_no_prior_is_an_error(rng):
    with pytest.raises(ValueError, match="at least 2 classes"):
        PlaneSorter().fit(rng.normal(size=(4, 2)), np.zeros(4, int))


def test_a_label_that_the_prior_does_not_know(rng):
    with pytest.raises(ValueError, match=r"expected the classes \[0, 1, 2\] or -1, received \[7\]"):
        PlaneSorter(_prior(_nearest_center)).fit(rng.normal(size=(3, 8)), np.array([0, 7, UNLABELED]))
