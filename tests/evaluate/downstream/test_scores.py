"""Scores agree with scikit-learn's, weighting by weighting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from medcurate.evaluate.downstream.scores import area_under_curve, confusions, scores


@pytest.fixture
def said(rng):
    truth = rng.integers(0, 4, 120)
    probabilities = rng.dirichlet(np.ones(4), (3, 120)) + 0.6 * np.eye(4)[truth]
    return truth, probabilities, rng.integers(0, 25, 120)


def test_scores_are_those_of_scikit_learn(said):
    truth, probabilities, groups = said
    found = scores(confusions(truth, probabilities, groups).sum(axis=0))
    for repeat, one in enumerate(probabilities):
        predicted = one.argmax(axis=1)
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, predicted, zero_division=0)
        np.testing.assert_allclose(found.overall["accuracy"][repeat], metrics.accuracy_score(truth, predicted))
        balanced = metrics.balanced_accuracy_score(truth, predicted)
        np.testing.assert_allclose(found.overall["balanced_accuracy"][repeat], balanced)
        np.testing.assert_allclose(found.overall["precision"][repeat], precision.mean())
        np.testing.assert_allclose(found.overall["f1"][repeat], f1.mean())
        np.testing.assert_allclose(found.by_class["precision"][repeat], precision)
        np.testing.assert_allclose(found.by_class["recall"][repeat], recall)
        np.testing.assert_allclose(found.by_class["f1"][repeat], f1)


def test_a_class_that_nobody_predicts_has_a_precision_of_zero():
    found = scores(np.array([[5.0, 0.0], [3.0, 0.0]]))
    assert found.by_class["precision"].tolist() == [0.625, 0.0]
    assert found.overall["balanced_accuracy"] == 0.5


def test_a_class_that_is_absent_does_not_count():
    found = scores(np.array([[4.0, 1.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 0.0]]))
    assert np.isnan(found.by_class["recall"][2])
    np.testing.assert_allclose(found.overall["balanced_accuracy"], 0.9)


def test_groups_add_up(said):
    truth, probabilities, groups = said
    by_group = confusions(truth, probabilities, groups)
    chosen = groups == 7
    alone = confusions(truth[chosen], probabilities[:, chosen], np.zeros(int(chosen.sum()), np.int64))
    np.testing.assert_array_equal(by_group[7], alone[0])
    assert by_group.sum() == 3 * 120


def test_areas_are_those_of_scikit_learn_with_weights_and_ties(rng):
    positive = rng.random(90) < 0.3
    ranks = np.round(rng.random(90) + 0.3 * positive, 1)
    weights = rng.integers(0, 4, (6, 90)).astype(float)
    weights[0] = 1
    found = area_under_curve(positive, ranks, weights)
    for area, weight in zip(found, weights, strict=True):
        np.testing.assert_allclose(area, metrics.roc_auc_score(positive, ranks, sample_weight=weight))


def test_an_area_needs_both_sides():
    weights = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    found = area_under_curve(np.array([True, False, False]), np.array([0.9, 0.2, 0.4]), weights)
    assert found[0] == 1
    assert np.isnan(found[1])
