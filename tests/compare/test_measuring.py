"""Measure the images of a row: what they are taken for, and which figures the parts give."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from medcurate.compare.baselines import augmented_images
from medcurate.compare.material import open_material, read_images
from medcurate.compare.measuring import FIDELITY, Measuring, images_digest
from medcurate.compare.one_training import drawn_at, write_images
from medcurate.evaluate.fidelity import compared, part


def test_drawn_images_have_the_labels_of_the_held_out_ones(discs, tmp_path):
    material = open_material(discs, condition=("tumor",))
    write_images(drawn_at(tmp_path, 0), np.arange(24 * 64, dtype=np.uint8).reshape(24, 8, 8))
    measuring = Measuring.of(material, 8)
    images = measuring.drawn(drawn_at(tmp_path, 0))
    assert images.rows.column("tumor").to_pylist() == material.labels["tumor"]
    assert len(set(images.ids)) == 24
    assert images_digest(images) == images_digest(measuring.drawn(drawn_at(tmp_path, 0)))


def test_figures_of_the_parts_and_what_was_kept(discs, tmp_path, monkeypatch):
    monkeypatch.setattr(compared, "redivide", partial(compared.redivide, draws=4))
    material = open_material(discs, condition=("tumor",))
    write_images(drawn_at(tmp_path, 0), augmented_images(material, read_images(material.train, 32), 0))
    measuring = Measuring.of(material, 32)
    images = measuring.drawn(drawn_at(tmp_path, 0))
    found = measuring.measure(images, tmp_path, FIDELITY)
    assert found.values["ratio"] == pytest.approx(found.values["frechet_distance"] / found.values["floor"])
    assert found.values["floor"] == found.real["frechet_distance"]
    assert found.values["frechet_distance"] == pytest.approx(measuring.distance(images))
    assert {"precision", "recall", "density", "coverage", "vendi_score", "told_apart_linear"} <= set(found.values)
    assert found.values["label_agreement"] > 0.8  # discs of two sizes
    monkeypatch.setattr(part, "_metrics", None)
    assert Measuring.of(material, 32).measure(images, tmp_path, FIDELITY) == found


def test_images_for_real_ones_are_those_that_the_scale_has_not_seen(discs):
    material = open_material(discs)
    unseen = Measuring.of(material, 32).unseen()
    assert set(unseen.ids) < set(material.train.ids)
    assert len(unseen) == 15
