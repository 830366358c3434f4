"""Trainings: every set gets the images it names, with their labels, and what cannot be trained is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from medcurate.evaluate.downstream.training_sets import (
    ALL,
    AUGMENTED,
    MORE_REAL,
    ONLY,
    REAL,
    REPEATED,
    SYNTHETIC,
    Recipe,
)
from medcurate.evaluate.downstream.trainings import Plan, train_all
from tests.evaluate.downstream.downstream_samples import material


@dataclass
class Listening:
    """A classifier that remembers what it is trained on, and always says the first class."""

    name: str = "listening"
    settings: dict = field(default_factory=dict)
    trained: list = field(default_factory=list)

    def represent(self, images):
        return images

    def predict(self, images, labels, test, *, classes, seed):
        self.trained.append((images, labels, seed))
        found = np.zeros((len(test), classes), np.float32)
        found[:, 0] = 1
        return found


def trained(found, plan):
    classifier = Listening()
    answers = train_all(found, classifier, plan, progress=False)
    return answers, classifier.trained


@pytest.fixture
def found(rng):
    return material(rng, real=20, synthetic=16, test=4)


def test_every_set_is_trained_as_often_and_answers_for_every_held_out_image(found):
    answers, every = trained(found, Plan((3, 5), (1.0, 2.0), 2, 10, 0))
    assert len(every) == 2 * 2 * 11
    assert set(answers.sizes) == set(answers.found)
    assert {one.shape for one in answers.found.values()} == {(2, 12, 3)}
    assert answers.sizes[5, Recipe(SYNTHETIC, 2.0)] == 45
    assert answers.sizes[5, Recipe(ONLY, 2.0)] == 30
    assert list(answers.of(3)) == [recipe for number, recipe in answers.found if number == 3]


def test_labels_go_with_their_images(found):
    known = {}
    for side in (found.real, found.synthetic):
        known |= {image.tobytes(): label for image, label in zip(side.pixels, side.labels, strict=True)}
    _, every = trained(found, Plan((5,), (1.0,), 1, 10, 0))
    unchanged = [(image, label) for images, labels, _ in every for image, label in zip(images, labels, strict=True)]
    told = [(known[image.tobytes()], label) for image, label in unchanged if image.tobytes() in known]
    assert all(true == label for true, label in told)
    assert len(unchanged) - len(told) == 15  # the augmented ones


def test_augmented_images_are_changed_copies_of_those_that_train(found):
    _, every = trained(found, Plan((5,), (2.0,), 1, 10, 0))
    by_name = dict(zip((REAL, SYNTHETIC, AUGMENTED, REPEATED), every, strict=False))
    images, labels, _ = by_name[AUGMENTED]
    original, own, _ = by_name[REAL]
    np.testing.assert_array_equal(images[:15], original)
    assert len({image.tobytes() for image in images}) == 45
    assert np.bincount(labels[15:]).tolist() == [10, 10, 10]
    np.testing.assert_array_equal(np.sort(labels[15:]), np.sort(np.concatenate([own, own])))


def test_sets_of_a_draw_share_its_seed(found):
    _, every = trained(found, Plan((3,), (1.0,), 2, 10, 7))
    assert sorted({seed for _, _, seed in every}) == [7, 8]


def test_what_cannot_be_trained_is_told(found):
    answers, _ = trained(found, Plan((5, 30, ALL), (1.0, 3.0), 1, 25, 0))
    assert sorted({number for number, _ in answers.found}) == [0, 5]
    notes = " ".join(answers.notes)
    assert "30 a class: left out, there are 20 real images of a" in notes
    assert (
        "all real: too few images for real+1x, real+3x, real+1x real, real+3x real, synthetic 1x, synthetic 3x" in notes
    )


def test_all_images_are_not_trained_twice_where_a_number_already_takes_them(found):
    answers, _ = trained(found, Plan((5, ALL), (1.0,), 1, 5, 0))
    assert {number for number, _ in answers.found} == {5}


@pytest.mark.parametrize(
    ("numbers", "most", "added"),
    [
        ((15, ALL), 20, 10),  # of 20 real images of a class, the ceiling needs as many again
        ((ALL,), 20, 10),
        ((5, ALL), 20, None),
        ((ALL,), 8, None),  # all real images of the plan leave others
    ],
)
def test_a_number_is_added_that_leaves_real_images_for_the_ceiling(numbers, most, added, rng):
    answers, _ = trained(material(rng, real=20, synthetic=50, test=4), Plan(numbers, (1.0,), 1, most, 0))
    trained_numbers = {number for number, _ in answers.found}
    assert trained_numbers == {*numbers, *([added] if added else [])}
    assert any(recipe.kind == MORE_REAL for _, recipe in answers.found)
    assert any("added, to measure what more real images bring" in note for note in answers.notes) == bool(added)


def test_where_no_number_fits_nothing_is_trained(found):
    answers, every = trained(found, Plan((30,), (1.0,), 1, 40, 0))
    assert every == []
    assert answers.found == {}
    assert len(answers.notes) == 1
