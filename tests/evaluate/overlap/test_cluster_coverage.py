from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.overlap.class_coverage import class_coverage
from medcurate.evaluate.overlap.cluster_coverage import RealClusters, cluster_coverage
from medcurate.evaluate.overlap.neighbor_lists import NeighborLists

FEW = {"clusters": 8, "images_a_cluster": 10, "draws": 20}


def islands(rng, n, islands):
    """Images of eight kinds, far from each other."""
    kind = rng.choice(islands, n)
    return 30 * np.eye(8)[kind] + rng.normal(size=(n, 8)), kind


@pytest.mark.parametrize("missing", [0, 2, 5])
def test_kinds_that_are_missing_are_not_covered(rng, missing):
    real, _ = islands(rng, 320, 8)
    synthetic, _ = islands(rng, 320, 8 - missing)
    metric = cluster_coverage(real, synthetic, **FEW)
    assert metric.value == pytest.approx(1 - missing / 8, abs=0.02)
    assert metric.real_vs_real.value == pytest.approx(1, abs=0.02)
    assert metric.settings["clusters"] == 8


def test_noise_that_is_nearest_to_a_center_all_the_same_covers_nothing(rng):
    real, _ = islands(rng, 320, 8)
    assert cluster_coverage(real, 100 * rng.normal(size=(320, 8)), **FEW).value == 0


def test_two_lucky_images_do_not_cover_a_cluster(rng):
    real, _ = islands(rng, 960, 8)
    synthetic, kind = islands(rng, 960, 7)
    synthetic[np.flatnonzero(kind == 0)[:2]] += 30 * (np.eye(8)[7] - np.eye(8)[0])
    assert cluster_coverage(real, synthetic, **FEW).value <= 7 / 8 + 0.01


def test_few_images_make_few_clusters(rng):
    real = rng.normal(size=(45, 3))
    lists = NeighborLists.of(np.concatenate([real, real + 1]), 5)
    of = [RealClusters.of(real, lists, clusters=50, images_a_cluster=least, seed=0).count for least in (10, 45, 90)]
    assert of == [4, 1, 1]


def test_equal_images_are_one_cluster():
    real = np.zeros((40, 3))
    lists = NeighborLists.of(np.zeros((80, 3)), 5)
    assert RealClusters.of(real, lists, clusters=9, images_a_cluster=2, seed=0).count == 1


def test_a_cluster_without_images_in_the_draw_does_not_count(rng):
    real, kind = islands(rng, 320, 8)
    lists = NeighborLists.of(np.concatenate([real, real]), 5)
    clusters = RealClusters.of(real, lists, clusters=8, images_a_cluster=10, seed=0)
    shares = clusters.shares(np.flatnonzero(kind == 3), 320 + np.arange(320))
    assert np.isnan(shares).sum() == 7
    assert clusters.coverage(np.flatnonzero(kind == 3), 320 + np.arange(320)) == {"coverage": 1.0}


def test_classes_are_told_one_by_one(rng):
    real, kind = islands(rng, 320, 4)
    synthetic, made = islands(rng, 320, 4)
    names = np.array(["glioma", "meningioma", "none", "pituitary"])
    of_synthetic = names[made].astype(object)
    of_synthetic[made == 1] = "glioma"  # drawn as meningioma, called glioma
    of_synthetic[made == 3] = None
    found = {
        metric.name: metric
        for metric in class_coverage(
            (real, synthetic),
            (names[kind].tolist(), of_synthetic.tolist()),
            label="tumor",
            groups=[str(row) for row in range(320)],
            settings={"encoder": "e"},
            k=5,
            clusters=4,
            images_a_cluster=10,
            draws=20,
            seed=0,
        )
    }
    value = {name.partition("=")[2]: metric.value for name, metric in found.items()}
    assert value["glioma]"] > 0.9
    assert value["none]"] > 0.9
    assert value["meningioma]"] == value["pituitary]"] == 0
    assert "no synthetic image" in found["overlap/cluster_coverage[tumor=pituitary]"].settings["why"]
    assert found["overlap/cluster_coverage[tumor=none]"].settings["encoder"] == "e"


def test_classes_with_few_images_or_one_patient_are_not_told(rng):
    features = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    names = ["a"] * 35 + ["b"] * 5
    given = {"label": "plane", "settings": {}, "k": 5, "draws": 20}
    a, b = class_coverage(features, (names, names), groups=["p"] * 40, **given)
    assert np.isnan([a.value, b.value]).all()
    assert "fewer than 10 images, or one patient" in a.settings["why"]
    assert list(class_coverage(features, (names, [None] * 40), groups=["p"] * 40, **given)) == []
