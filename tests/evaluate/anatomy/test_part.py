from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from medcurate.evaluate.anatomy.part import NO_IMAGES, NO_PLANES, measure
from medcurate.evaluate.anatomy.settings import AnatomySettings
from medcurate.evaluate.design.sides import open_sides
from tests.evaluate.drawn_slices import slices
from tests.evaluate.paired.pair_samples import write_images, write_volumes

FEW = AnatomySettings(rounds=40, least=20)
SIZE = 48


@pytest.fixture
def real(rng):
    return slices(rng, 120, SIZE)


def sides(tmp_path, real, synthetic, plane="axial"):
    paths = {f"{'train' if n < 80 else 'test'}/{plane}/glioma/{n}.png": image for n, image in enumerate(real)}
    made = {f"{plane}/glioma/{n}.png": image for n, image in enumerate(synthetic)}
    return open_sides(write_images(tmp_path / "real", paths), write_images(tmp_path / "synthetic", made), size=SIZE)


def by_name(part):
    return {metric.name: metric for metric in part.metrics}


def test_real_images_are_within_the_real_ranges(tmp_path, real, rng):
    part = measure(sides(tmp_path, real, slices(rng, 40, SIZE)), FEW, progress=False)
    assert part.verdicts[0].level in ("good", "too_few"), "40 held-out images may be too few for some measure"
    found = by_name(part)
    for name in ("gray_distance", "spectrum_distance", "niqe"):
        metric = found[f"anatomy/{name}"]
        assert metric.value == pytest.approx(metric.real_vs_real.value, rel=1.5)
        assert metric.interval[0] <= metric.value <= metric.interval[1]
        assert metric.settings["size"] == metric.real_vs_real.settings["size"] == SIZE
    assert {"anatomy/outside[asymmetry]", "anatomy/ks[ventricles]", "anatomy/wasserstein[head_area]"} <= set(found)
    json.dumps([metric.to_dict() for metric in part.metrics], allow_nan=False)
    assert part.notes == ()


def mirrored(images):
    half = images[:, :, : SIZE // 2]
    return np.concatenate([half, half[:, :, ::-1]], axis=2)


def shrunken(images):
    map_ = np.array([[0.6, 0, 0.2 * SIZE], [0, 0.6, 0.2 * SIZE]])
    return np.stack([cv2.warpAffine(image, map_, (SIZE, SIZE), flags=cv2.INTER_AREA) for image in images])


def blurred(images):
    return np.stack([cv2.GaussianBlur(image, (0, 0), 1.5) for image in images])


def noisy(images):
    rng = np.random.default_rng(0)
    return np.clip(images + rng.normal(0, 20, images.shape), 0, 255).astype(np.uint8)


def brighter(images):
    return np.clip(images * 1.6, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "measure_", "way"),
    [
        (mirrored, "asymmetry", "below"),
        (shrunken, "head_area", "below"),
        (shrunken, "head_height", "below"),
        (blurred, "fine_detail", "below"),
        (noisy, "fine_detail", "above"),
        (brighter, "mean_gray", "above"),
    ],
)
def test_a_known_fault_is_noticed_by_its_measure(tmp_path, real, rng, change, measure_, way):
    part = measure(sides(tmp_path, real, change(slices(rng, 40, SIZE))), FEW, progress=False)
    metric = by_name(part)[f"anatomy/outside[{measure_}]"]
    assert metric.interval[0] > metric.real_vs_real.interval[1]
    assert metric.settings[way] > 0.9 * (metric.settings["below"] + metric.settings["above"])
    assert part.verdicts[0].level in ("bad", "caution")
    assert metric.name in part.verdicts[0].evidence


def test_figures(tmp_path, real):
    part = measure(sides(tmp_path, real, shrunken(real[:40])), FEW, progress=False)
    kinds = {figure.name: figure.kind for figure in part.figures}
    assert kinds == {
        "anatomy/measures": "svg", "anatomy/histogram": "svg", "anatomy/spectrum": "svg", "anatomy/outliers": "png",
    }  # fmt: skip


def test_without_planes_two_measures_are_left_out_and_told(tmp_path, real, rng):
    part = measure(sides(tmp_path, real, slices(rng, 30, SIZE), plane="x"), FEW, progress=False)
    assert NO_PLANES in part.notes
    assert not any("asymmetry" in metric.name or "ventricles" in metric.name for metric in part.metrics)
    assert "anatomy/outside[head_area]" in by_name(part)


def test_too_few_images_for_niqe_are_told(tmp_path, real, rng):
    few = [f"train/a/{n}.png" for n in range(6)] + [f"test/a/{n}.png" for n in range(6)]
    found = open_sides(
        write_images(tmp_path / "real", dict(zip(few, real, strict=False))),
        write_images(tmp_path / "synthetic", {f"a/{n}.png": image for n, image in enumerate(slices(rng, 6, SIZE))}),
        size=SIZE,
    )
    part = measure(found, FEW, progress=False)
    assert any("NIQE: expected 72 patches" in note for note in part.notes)
    assert "anatomy/niqe" not in by_name(part)


def test_volumes_alone_get_a_note(tmp_path):
    voxels = np.ones((4, 4, 4), np.float32)
    paths = {f"volumes/p{n}/T1.nii.gz": voxels for n in range(2)}
    write_volumes(tmp_path / "real", paths, {"p0": "train", "p1": "test"})
    write_volumes(tmp_path / "synthetic", paths)
    part = measure(open_sides(tmp_path / "real", tmp_path / "synthetic"), FEW, progress=False)
    assert part.notes == (NO_IMAGES,)
