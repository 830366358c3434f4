"""What is said about distances and membership."""

from __future__ import annotations

import pytest

from medcurate.evaluate.privacy.verdicts import distance_verdict, membership_verdict
from medcurate.results import Metric


def metric(name, low, high, floor=(0.4, 0.6)):
    real = Metric(f"privacy/{name}", sum(floor) / 2, floor, 50)
    return Metric(f"privacy/{name}", (low + high) / 2, (low, high), 100, {}, real)


def distances(nearer, closer):
    metrics = (metric("nearer_than_new_patients", *nearer), metric("closer_to_training", *closer))
    return distance_verdict({one.name: one for one in metrics})


def membership(attack, matched=(0.45, 0.55), even=(0.45, 0.55), blind=(0.45, 0.55)):
    metrics = (
        metric("membership_auc", *attack),
        metric("membership_auc[control: matched]", *matched),
        metric("membership_auc[control: halves]", *even),
        metric("membership_auc[blind]", *blind),
    )
    return membership_verdict({one.name: one for one in metrics})


@pytest.mark.parametrize(
    ("nearer", "closer", "level", "words"),
    [
        ((0.45, 0.55), (0.45, 0.55), "good", "no leak found by these tests"),
        ((0.7, 0.8), (0.45, 0.55), "good", "blur rather than memory: no leak found by these tests"),
        ((0.7, 0.8), (0.7, 0.8), "caution", "on the side of the training images"),
        ((0.45, 0.55), (0.52, 0.58), "good", "no leak found"),  # within what real halves give
        ((0.45, 0.55), (0.2, 0.3), "caution", "Was the generator trained on them"),
    ],
)
def test_distances(nearer, closer, level, words):
    found = distances(nearer, closer)
    assert (found.part, found.level) == ("privacy", level)
    assert words in found.text


@pytest.mark.parametrize(
    ("attack", "matched", "even", "level", "words"),
    [
        ((0.45, 0.6), (0.45, 0.55), (0.45, 0.55), "good", "no leak found by these tests"),
        ((0.7, 0.8), (0.45, 0.55), (0.45, 0.55), "bad", "tell which real images were used for training"),
        ((0.7, 0.8), (0.6, 0.75), (0.45, 0.55), "unclear", "may come from how the two were chosen"),
        ((0.7, 0.8), (0.45, 0.55), (0.55, 0.65), "unclear", "means nothing"),
        ((0.7, 0.8), (0.45, 0.55), (0.35, 0.45), "unclear", "means nothing"),
    ],
)
def test_membership(attack, matched, even, level, words):
    found = membership(attack, matched, even)
    assert (found.part, found.level) == ("privacy", level)
    assert words in found.text


@pytest.mark.parametrize(("blind", "level"), [((0.9, 1.0), "unclear"), ((0.52, 0.6), "bad"), ((0.45, 0.75), "bad")])
def test_images_that_differ_by_themselves_are_no_test_of_membership(blind, level):
    found = membership((0.7, 0.8), blind=blind)
    assert found.level == level
    assert ("Hold out images of the same kind" in found.text) == (level == "unclear")


def test_nothing_is_ever_called_anonymous():
    said = [distances((0.4, 0.6), (0.4, 0.6)), membership((0.4, 0.6)), membership((0.7, 0.8))]
    assert not any(word in found.text.lower() for found in said for word in ("anonym", "safe", "private "))
