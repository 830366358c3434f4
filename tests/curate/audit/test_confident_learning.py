"""Confident learning: wrong labels are flagged and ranked first, right ones are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from medcurate.curate.audit.confident_learning import Suspicion, suspect


def test_the_confident_joint_by_hand():
    # Thresholds: class 0 (0.9 + 0.8 + 0.1) / 3 = 0.6, class 1 (0.9 + 0.7) / 2 = 0.8. Entry 2 counts towards 1.
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.1, 0.9], [0.3, 0.7]])
    found = suspect(np.array([0, 0, 0, 1, 1]), p)
    np.testing.assert_allclose(found.joint, [[2.0, 1.0], [0.0, 2.0]])
    assert found.flagged.tolist() == [False, False, True, False, False]
    assert found.suggested.tolist() == [1, 1, 0 + 1, 0, 0]
    np.testing.assert_allclose(found.margin, [0.8, 0.6, -0.8, 0.8, 0.4])


def test_the_order_is_margin_then_ties_whatever_is_flagged():
    flagged = np.array([True, False, False, True])
    found = Suspicion(np.array([0.2, -0.5, 0.2, 0.1]), np.zeros(4, np.intp), flagged, np.eye(2))
    assert found.order(np.array([3, 2, 1, 0], np.uint64)).tolist() == [1, 3, 2, 0]


def test_right_labels_are_left_alone():
    labels = np.repeat([0, 1, 2], 5)
    p = np.full((15, 3), 0.05)
    p[np.arange(15), labels] = 0.9
    assert not suspect(labels, p).flagged.any()


def test_a_class_without_a_confident_image_keeps_its_labels():
    p = np.array([[0.6, 0.4], [0.6, 0.4], [0.55, 0.45], [0.4, 0.6]])
    found = suspect(np.array([0, 0, 0, 1]), p)
    assert np.isfinite(found.joint).all()
    np.testing.assert_allclose(found.joint.sum(axis=1), [3, 1])


def test_planted_errors_are_found(rng):
    truth = rng.integers(0, 4, 2000)
    p = rng.dirichlet(np.ones(4), 2000) * 0.3
    p[np.arange(2000), truth] += 0.7
    labels = truth.copy()
    wrong = rng.permutation(2000)[:100]
    labels[wrong] = (truth[wrong] + rng.integers(1, 4, 100)) % 4
    found = suspect(labels, p)
    flagged = np.flatnonzero(found.flagged)
    assert set(flagged) <= set(wrong)
    assert len(flagged) >= 65  # the others are less sure than is usual of their class
    assert (found.suggested[wrong] == truth[wrong]).all()
    off = found.joint.sum() - np.trace(found.joint)
    assert off == pytest.approx(100, abs=10)


@pytest.mark.parametrize(
    ("labels", "shape", "message"),
    [([0, 1], (3, 2), r"shape \(2, classes\)"), ([0, 0], (2, 2), "labels of each of 2"), ([0, 2], (2, 2), "labels of")],
)
def test_what_does_not_fit_is_refused(labels, shape, message):
    with pytest.raises(ValueError, match=message):
        suspect(np.array(labels), np.full(shape, 0.5))


@settings(deadline=None, max_examples=40)
@drawn(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(10, 40))
def test_the_order_of_the_images_does_not_matter(seed, classes, n):
    rng = np.random.default_rng(seed)
    labels = np.r_[np.arange(classes), rng.integers(0, classes, n)]
    p = rng.dirichlet(np.ones(classes), len(labels))
    shuffled = rng.permutation(len(labels))
    here, there = suspect(labels, p), suspect(labels[shuffled], p[shuffled])
    np.testing.assert_array_equal(here.flagged[shuffled], there.flagged)
    np.testing.assert_allclose(here.joint, there.joint)
    np.testing.assert_allclose(here.joint.sum(axis=1), np.bincount(labels))
    ties = np.arange(len(labels), dtype=np.uint64)
    np.testing.assert_array_equal(here.order(ties), shuffled[there.order(ties[shuffled])])
