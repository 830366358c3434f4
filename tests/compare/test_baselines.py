"""Images that need no training."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.compare.baselines import augmented_images, matched, partners, phantom_images, real_images
from medcurate.compare.material import open_material, read_images


@pytest.fixture
def material(discs):
    return open_material(discs, condition=("tumor",))


def test_augmented_images_have_the_labels_of_the_held_out_ones(material, rng):
    rows = partners(material, rng)
    of_train = material.train.rows.column("tumor").to_pylist()
    assert [of_train[row] for row in rows] == material.labels["tumor"]
    train = read_images(material.train, 32)
    first, again, other = (augmented_images(material, train, seed) for seed in (0, 0, 1))
    assert first.shape == (24, 32, 32)
    assert (first == again).all()
    assert (first != other).any()


def test_real_images_are_drawn_without_repeats(material):
    found = real_images(material.train, 20, 3)
    assert len(found) == 20
    assert len(set(found.ids)) == 20
    assert len(real_images(material.train, 99, 3)) == 30


def test_matched_images_have_the_histogram_of_the_other_and_their_own_order(rng):
    image = np.concatenate([np.zeros(200, np.uint8), rng.permutation(np.arange(1, 201, dtype=np.uint8))]).reshape(
        20, 20
    )
    like = np.clip(rng.normal(120, 30, (20, 20)), 1, 255).astype(np.uint8)
    found = matched(image, like)
    assert ((found == 0) == (image == 0)).all()
    inside = image > 0
    order = np.argsort(image[inside])
    assert (np.diff(found[inside][order].astype(int)) >= 0).all()
    assert np.quantile(found[inside], [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(like, [0.1, 0.5, 0.9]), abs=2)
    assert (matched(np.zeros((4, 4), np.uint8), like[:4, :4]) == 0).all()


def test_phantoms_have_the_gray_values_of_training_images(discs, monkeypatch):
    material = open_material(discs, tumor=("none",))
    drawn = []

    def slices(plane, tumor, rng):
        while True:
            drawn.append((plane, tumor))
            yield np.pad(rng.random((12, 9), np.float32) + 0.2, 4)

    monkeypatch.setattr("medcurate.compare.baselines._slices", slices)
    train = read_images(material.train, 32)
    found = phantom_images(material, train, 32, 0)
    assert found.shape == (12, 32, 32)
    assert {tumor for _, tumor in drawn} == {"none"}
    assert {plane for plane, _ in drawn} <= {"axial", "coronal", "sagittal"}
    assert abs(np.median(found[found > 0]) - np.median(train[train > 0])) < 30
