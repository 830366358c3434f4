"""Which images are near: of other patients, one of each, mirrored where that is nearer."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.generate.references.contract import References
from medcurate.generate.references.neighbors import coarse_pictures, neighbors, patient_numbers


def references(images, groups=None):
    images = np.asarray(images, np.float32)
    n = len(images)
    return References(
        lambda rows: images[rows], np.zeros((n, 0), np.float32), tuple(map(str, range(n))), groups or (None,) * n
    )


def flat(value):
    return np.full((24, 24, 1), value)


def test_one_image_a_patient_and_none_of_the_anchor():
    images = [flat(value) for value in (0.0, 0.01, 0.3, 0.1, 0.2, 0.5)]
    given = references(images, ("a", "a", "b", "b", "c", None))
    patients = patient_numbers(given)
    found = neighbors(coarse_pictures(given), patients, np.arange(6), 0, 9)
    assert found.rows.tolist() == [3, 4, 5]
    assert neighbors(coarse_pictures(given), patients, np.arange(6), 0, 2).rows.tolist() == [3, 4]
    assert neighbors(coarse_pictures(given), patients, np.array([0, 2, 5]), 0, 9).rows.tolist() == [2, 5]


def test_images_whose_patient_is_not_known_are_patients_of_their_own():
    numbers = patient_numbers(references([flat(0)] * 4, (None, "p", None, "p")))
    assert len(set(numbers.tolist())) == 3
    assert numbers[1] == numbers[3]


def test_a_mirror_image_is_found(rng):
    image = rng.uniform(-1, 1, (24, 24, 1))
    given = references([image, image[:, ::-1], image + 0.05])
    found = neighbors(coarse_pictures(given), patient_numbers(given), np.arange(3), 0, 2)
    assert found.rows.tolist() == [1, 2]
    assert found.mirrored.tolist() == [True, False]


def test_pictures_are_means_of_areas(rng):
    image = rng.uniform(-1, 1, (24, 24, 1)).astype(np.float32)
    pictures = coarse_pictures(references([image]))
    assert pictures.shape == (1, 2, 144)
    assert pictures[0, 0, 13] == pytest.approx(image[2:4, 2:4].mean(), abs=1e-6)
    assert pictures[0, 1, 22] == pytest.approx(pictures[0, 0, 13], abs=1e-6)
