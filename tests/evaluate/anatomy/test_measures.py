from __future__ import annotations

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.evaluate.anatomy.measures import MEASURES, measure_dataset, measure_image
from medcurate.evaluate.head import head_mask
from medcurate.progress import ProgressReport
from tests.evaluate.drawn_slices import slices
from tests.evaluate.paired.pair_samples import write_images

NAMES = [measure.name for measure in MEASURES]


def of(image, mask=None, plane="axial", contrast=None):
    found = measure_image(image, head_mask(image), mask, plane=plane, contrast=contrast)
    return dict(zip(NAMES, found.tolist(), strict=True))


@pytest.mark.parametrize(
    ("plane", "contrast", "missing"),
    [
        ("axial", "T1ce", set()),
        ("axial", "T2", {"ventricles"}),
        ("coronal", None, {"ventricles"}),
        ("sagittal", None, {"ventricles", "asymmetry"}),
        (None, None, {"ventricles", "asymmetry"}),
    ],
)
def test_a_measure_is_taken_where_it_makes_sense(rng, plane, contrast, missing):
    found = of(slices(rng, 1, 64)[0], np.eye(64, dtype=np.uint8), plane, contrast)
    assert {name for name, value in found.items() if np.isnan(value)} == missing


def test_tumor_size_is_a_share_of_the_head(rng):
    image = slices(rng, 1, 64)[0]
    mask = np.zeros((64, 64), np.uint8)
    mask[20:30, 20:28] = 4
    assert of(image, mask)["tumor_area"] == pytest.approx(80 / head_mask(image).sum())
    assert np.isnan(of(image, np.zeros((64, 64), np.uint8))["tumor_area"])
    assert np.isnan(of(image)["tumor_area"])


def test_an_empty_picture_has_no_measure():
    assert all(np.isnan(value) for value in of(np.zeros((64, 64), np.uint8)).values())


def test_a_dataset_image_by_image(tmp_path, rng):
    images = slices(rng, 5, 48)
    paths = [f"{'axial' if n < 3 else 'sagittal'}/glioma/{n}.png" for n in range(5)]
    dataset = Dataset.open(write_images(tmp_path, dict(zip(paths, images, strict=True))))
    with ProgressReport("anatomy", show=False) as report:
        found = measure_dataset(dataset, 48, report)
    assert report.count == len(found) == 5
    assert found.planes == ["axial"] * 3 + ["sagittal"] * 2
    expected = [list(of(image, plane=plane).values()) for image, plane in zip(images, found.planes, strict=True)]
    np.testing.assert_allclose(found.values, expected, rtol=1e-5)
    np.testing.assert_allclose(found.histograms.sum(axis=1), 1, rtol=1e-5)
    head = head_mask(images[0])
    np.testing.assert_allclose(found.histograms[0] * head.sum(), np.bincount(images[0][head], minlength=256), atol=1e-3)
