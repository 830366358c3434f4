"""Real images and class names for the pictures of a training."""

from __future__ import annotations

import numpy as np

from medcurate.dataset.samples import SampleSet
from medcurate.generate.training.sheet_labels import class_names, sheet_labels

CLASSES = {"tumor": ("glioma", "none"), "plane": ("axial", "coronal")}


def examples(n):
    """Return images of value k, of which every tenth has no known plane."""
    images = np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 1), np.uint8)
    labels = np.zeros((n, 4), np.float32)
    labels[np.arange(n), (np.arange(n) > n // 2).astype(int)] = 1
    labels[np.arange(n), 2 + np.arange(n) % 2] = np.arange(n) % 10 > 0
    return SampleSet({"target": images, "labels": labels}, CLASSES)


def test_classes_are_named_by_all_conditions():
    assert class_names(examples(12))[:3] == ["glioma, unknown", "glioma, coronal", "glioma, axial"]
    assert class_names(examples(12))[-1] == "none, coronal"


def test_the_first_row_shows_every_class_and_each_image_has_the_class_it_is_drawn_for():
    found = sheet_labels(examples(40), np.array([1, 1, 39]), conditional=True)
    assert found.labels == ("glioma, coronal", "glioma, coronal", "none, coronal")
    assert list(found.real_labels) == sorted(found.real_labels)
    assert len(set(found.real_labels)) == 6
    shown = found.real[:, 0, 0, 0]
    assert tuple(class_names(examples(40))[k] for k in shown) == found.real_labels


def test_without_a_condition_the_first_row_shows_the_examples_that_are_drawn_from():
    found = sheet_labels(examples(40), np.array([7, 3, 7, *range(10, 20)]), conditional=False)
    assert found.real[:, 0, 0, 0].tolist() == [7, 3, *range(10, 16)]
    assert (found.real_labels, found.labels) == ((), ())
