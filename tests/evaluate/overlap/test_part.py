from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pytest

from medcurate.dataset.files import encode_png
from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.overlap import embedding
from medcurate.evaluate.overlap.part import measure
from medcurate.evaluate.overlap.settings import OverlapSettings

SETTINGS = OverlapSettings(draws=20, images_a_cluster=8)
SIZE = 32


def write(folder: Path, rng: np.random.Generator, counts: dict[str, int], make) -> None:
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            (folder / name / f"{number}.png").write_bytes(encode_png(make(rng, name)))


def head(rng, name):
    image = np.zeros((SIZE, SIZE), np.uint8)
    axes = (int(rng.integers(9, 12)), int(rng.integers(12, 15)))
    cv2.ellipse(image, (16, 16), axes, float(rng.normal(0, 6)), 0, 360, int(rng.integers(90, 140)), -1)
    if name == "glioma":
        cv2.circle(image, tuple(int(at) for at in rng.integers(10, 22, 2)), int(rng.integers(2, 5)), 230, -1)
    noisy = cv2.GaussianBlur(image, (0, 0), 0.8) + rng.normal(0, 4, image.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def noise(rng, name):
    return rng.integers(0, 256, (SIZE, SIZE), np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    rng = np.random.default_rng(3)
    root = tmp_path_factory.mktemp("overlap")
    write(root / "real", rng, {"glioma": 100, "none": 100}, head)
    write(root / "good", rng, {"glioma": 60, "none": 60}, head)
    write(root / "bad", rng, {"none": 60}, lambda rng, name: noise(rng, name) if rng.random() < 0.7 else head(rng, ""))
    return root


@pytest.fixture(scope="module")
def parts(folders):
    return {
        name: measure(open_sides(folders / "real", folders / name, seed=1), SETTINGS, progress=False)
        for name in ("good", "bad")
    }


def values(part):
    return {metric.name.removeprefix("overlap/"): metric for metric in part.metrics}


def test_images_like_the_real_ones_are_not_told_from_them(parts):
    for name, metric in values(parts["good"]).items():
        low, high = metric.settings["gap_interval"]
        assert low <= 0 <= high, name
    assert {verdict.level for verdict in parts["good"].verdicts} <= {"good", "too_few"}


def test_noise_and_a_class_that_is_missing_show_in_every_figure(parts):
    found = values(parts["bad"])
    assert found["density_overlap"].value < found["density_overlap"].real_vs_real.value - 0.2
    assert found["synthetic_neighbors[of_real]"].settings["gap_interval"][1] < 0
    assert found["synthetic_neighbors[of_synthetic]"].settings["gap_interval"][0] > 0
    assert found["cluster_coverage"].value < found["cluster_coverage"].real_vs_real.value
    assert found["cluster_coverage[tumor=glioma]"].value == 0
    assert "bad" in {verdict.level for verdict in parts["bad"].verdicts}


def test_every_metric_carries_what_it_rests_on(parts):
    for part in parts.values():
        assert len({metric.name for metric in part.metrics}) == len(part.metrics) == 8
        for metric in part.metrics:
            assert metric.n >= 50
            assert metric.settings["encoder"].startswith("classical[")
            assert metric.settings["size"] == SIZE
            assert "real training images" in metric.settings["scaled"]
            if "why" not in metric.settings:
                assert metric.interval is not None
                assert metric.real_vs_real is not None


def test_pictures_are_drawn_by_origin_and_by_class_and_what_is_missing_is_shown(parts):
    good, bad = ({figure.name: figure for figure in parts[name].figures} for name in ("good", "bad"))
    assert {"overlap/origin", "overlap/class"} <= set(good)
    assert "overlap/uncovered" in bad
    for name in ("overlap/origin", "overlap/class"):
        ET.fromstring(good[name].content)
    text = good["overlap/class"].content.decode()
    assert all(word in text for word in ("glioma", "none", "real, held out (100)", "synthetic (120)"))
    assert bad["overlap/uncovered"].content.startswith(b"\x89PNG")


def test_the_same_seed_finds_the_same(folders, parts):
    again = measure(open_sides(folders / "real", folders / "good", seed=1), SETTINGS, progress=False)
    assert again == parts["good"]


def test_without_umap_all_else_is_measured(folders, parts, monkeypatch):
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    monkeypatch.setattr(embedding, "sys", type("Modules", (), {"modules": {}}))
    part = measure(open_sides(folders / "real", folders / "good", seed=1), SETTINGS, progress=False)
    assert part.metrics == tuple(m for m in parts["good"].metrics if m.name != "overlap/density_overlap")
    assert "umap-learn" in " ".join(part.notes)


def test_more_images_than_wanted_are_drawn_from(folders):
    sides = open_sides(folders / "real", folders / "good", seed=1)
    part = measure(sides, OverlapSettings(draws=20, most=40), progress=False)
    assert values(part)["synthetic_neighbors[of_real]"].n == 80
    assert sum("were drawn" in note for note in part.notes) == 3


def test_too_few_images_are_said_to_be(folders, tmp_path, rng):
    write(tmp_path / "few", rng, {"none": 5}, head)
    part = measure(open_sides(folders / "real", tmp_path / "few"), SETTINGS)
    assert not part.metrics
    assert "received 100, 5 and 100" in part.notes[0]


@pytest.mark.parametrize(
    "wrong", [{"k": 0}, {"draws": 3}, {"label": "source"}, {"bandwidth": 0.0}, {"umap_min_distance": 2.0}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        OverlapSettings(**wrong)
