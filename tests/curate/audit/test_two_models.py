"""Two models join: neighbors of one patient show a single wrong label, other patients one that all of them have."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.audit.confident_learning import suspect
from medcurate.curate.audit.out_of_sample import predict_held_out
from medcurate.curate.audit.two_models import IMAGES, PATIENTS, combine_models, join


def test_odds_are_added_and_the_louder_is_quoted():
    labels, patients = np.array([0, 0, 1, 1]), np.arange(4)
    by_patients = np.array([[0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.1, 0.9, 0.0], [0.4, 0.4, 0.2]])
    by_images = np.array([[0.1, 0.2, 0.7], [0.4, 0.4, 0.2], [0.0, 1.0, 0.0], [0.5, 0.4, 0.1]])
    third = np.array([[0.1, 0.1, 0.8]])
    found = join(np.r_[labels, 2], np.r_[patients, 4], np.r_[by_patients, third], np.r_[by_images, third])
    odds = np.array([0.6 + 7, 3 + 1, 1 / 9 + 1e-4, 1 + 1.25, 0.25])
    np.testing.assert_allclose(found.suspicion.margin, (1 - odds) / (1 + odds))
    assert found.evidence.tolist() == [IMAGES, PATIENTS, PATIENTS, IMAGES, PATIENTS]
    assert found.suspicion.suggested.tolist() == [2, 1, 0, 0, 0]
    np.testing.assert_array_equal(found.probabilities[:4], np.stack([by_images[0], *by_patients[1:3], by_images[3]]))


def test_images_of_a_patient_with_one_label_are_judged_together():
    labels, patients = np.array([0, 0, 1, 1, 0]), np.array([0, 0, 0, 1, 1])
    by_patients = np.array([[0.1, 0.9], [0.3, 0.7], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]])
    vouching = np.eye(2)[labels]
    found = join(labels, patients, by_patients, vouching)
    np.testing.assert_allclose(found.probabilities, [[0.2, 0.8], [0.2, 0.8], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]])


def test_what_either_flags_is_flagged(rng):
    labels = rng.integers(0, 3, 300)
    right = np.full((300, 3), 0.05)
    right[np.arange(300), labels] = 0.9
    ways = []
    for wrong in (range(5), range(5, 10)):
        p = right.copy()
        p[wrong] = np.roll(p[wrong], 1, axis=1)
        ways.append(p)
    found = join(labels, np.arange(300), *ways)
    assert np.flatnonzero(found.suspicion.flagged).tolist() == list(range(10))
    assert set(found.suspicion.order(np.arange(300, dtype=np.uint64))[:10]) == set(range(10))
    assert found.evidence[:10].tolist() == [PATIENTS] * 5 + [IMAGES] * 5
    np.testing.assert_array_equal(found.suspicion.suggested[:10], (labels[:10] + 1) % 3)


def patients_of_two_classes(rng):
    """Sixty patients of eight images, which are much alike, so that they vouch for each other."""
    patients = np.repeat(np.arange(60), 8)
    truth = patients % 2
    centers = rng.normal(size=(60, 6)) * 0.6
    centers[:, 0] += np.where(np.arange(60) % 2, 2.0, -2.0)
    return (centers[patients] + 0.2 * rng.normal(size=(480, 6))).astype(np.float32), truth, patients


def test_single_wrong_labels_and_whole_wrong_patients_come_first(rng):
    features, truth, patients = patients_of_two_classes(rng)
    wrong = np.isin(patients, [4, 9])  # two whole patients, and ten images of others
    wrong[rng.choice(np.flatnonzero(~wrong), 10, replace=False)] = True
    labels = np.where(wrong, 1 - truth, truth)
    ties = np.arange(480, dtype=np.uint64)

    def among_the_first(suspicion):
        return wrong[suspicion.order(ties)[: wrong.sum()]].mean()

    found = combine_models(features, labels, patients, np.arange(480))
    assert among_the_first(found.suspicion) > 0.95
    assert among_the_first(suspect(labels, predict_held_out(features, labels, np.arange(480)))) < 0.85
    assert set(found.evidence[np.isin(patients, [4, 9])]) == {PATIENTS}


def test_without_patients_one_model_is_enough(rng):
    features, labels, _ = patients_of_two_classes(rng)
    told = []
    found = combine_models(features, labels, np.arange(480), np.arange(480), after_fold=lambda: told.append(1))
    assert len(told) == 5
    p = predict_held_out(features, labels, np.arange(480))
    np.testing.assert_array_equal(found.probabilities, p)
    np.testing.assert_array_equal(found.suspicion.flagged, suspect(labels, p).flagged)
    assert set(found.evidence) == {IMAGES}


def test_copies_do_not_vouch_for_each_other_in_either(rng):
    # Labels of chance, two copies of each image, two images a patient: nothing can be known.
    labels = np.repeat(rng.integers(0, 2, 150), 2)
    features = np.repeat(rng.normal(size=(150, 8)), 2, axis=0).astype(np.float32)
    copies = np.repeat(np.arange(150), 2)
    found = combine_models(features, labels, copies // 2, copies)
    assert (found.probabilities.argmax(axis=1) == labels).mean() < 0.65


def test_probabilities_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="expected labels of each of 3"):
        join(np.array([0, 1]), np.arange(2), np.full((2, 3), 1 / 3), np.full((2, 3), 1 / 3))
