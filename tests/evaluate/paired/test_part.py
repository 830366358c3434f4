from __future__ import annotations

import json

import numpy as np
import pytest

from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.paired.part import NO_PAIRS, measure
from medcurate.evaluate.paired.settings import PairedSettings
from medcurate.evaluate.paired.structural_similarity import ssim
from tests.evaluate.drawn_slices import slices
from tests.evaluate.paired.pair_samples import write_images, write_volumes

FEW = PairedSettings(rounds=50)
N = 40


def noisy(images, rng, sigma):
    return np.clip(images + rng.normal(0, sigma, images.shape), 0, 255).astype(np.uint8)


def folders(tmp_path, real, synthetic):
    """Write 40 training images and the rest as test images; the synthetic ones stand for the test images."""
    paths = [f"{'train' if n < N else 'test'}/axial/glioma/{n}.png" for n in range(len(real))]
    return open_sides(
        write_images(tmp_path / "real", dict(zip(paths, real, strict=True))),
        write_images(tmp_path / "synthetic", {f"{n + N}.png": image for n, image in enumerate(synthetic)}),
        size=48,
    )


@pytest.fixture
def real(rng):
    return slices(rng, N + 8, 48)


@pytest.fixture
def part(tmp_path, real, rng):
    return measure(folders(tmp_path, real, noisy(real[N:], rng, 10)), FEW, progress=False)


def by_name(part):
    return {metric.name: metric for metric in part.metrics}


def test_every_quantity_is_there_with_what_a_reader_needs(part):
    found = by_name(part)
    wanted = {f"paired/{name}{where}" for name in ("nmae", "relative_error", "psnr", "ssim", "ms_ssim", "vif")
              for where in ("", "[head]")}  # fmt: skip
    assert wanted | {"paired/niqe", "paired/feature_distance", "paired/own_nearer"} == set(found)
    for name in wanted:
        metric = found[name]
        assert metric.interval[0] <= metric.value <= metric.interval[1]
        assert (metric.n, metric.settings["data_range"], metric.settings["size"]) == (8, 255.0, "48 x 48")
        assert metric.real_vs_real.n == 8
        assert ("head_rule" in metric.settings) == ("head" in name)
    assert found["paired/psnr"].unit == "dB"
    json.dumps([metric.to_dict() for metric in part.metrics], allow_nan=False)


def test_values_are_means_over_the_pairs(tmp_path, real, rng):
    made = noisy(real[N:], rng, 10)
    found = by_name(measure(folders(tmp_path, real, made), FEW, progress=False))
    expected = np.mean([ssim(a, b, data_range=255) for a, b in zip(real[N:], made, strict=True)])
    assert found["paired/ssim"].value == pytest.approx(expected)


def test_pairs_are_nearer_than_two_real_images(part):
    found = by_name(part)
    assert found["paired/ssim"].value > found["paired/ssim"].real_vs_real.value
    assert found["paired/nmae"].value < found["paired/nmae"].real_vs_real.value
    nearer = found["paired/own_nearer"]
    assert (nearer.value, nearer.n, nearer.interval[1]) == (1, 8, 1)
    assert nearer.interval[0] == pytest.approx(0.676, abs=0.001)  # eight of eight: Wilson
    assert part.verdicts[0].level == "caution"  # eight pairs are few


def test_names_that_only_look_like_pairs_are_told(tmp_path, real, rng):
    unrelated = slices(rng, 8, 48)
    part = measure(folders(tmp_path, real, unrelated), FEW, progress=False)
    assert part.verdicts[0].level in ("bad", "unclear")
    assert "may be no pairs" in part.verdicts[0].text


def test_more_noise_is_worse_by_every_measure(tmp_path, real, rng):
    found = [
        by_name(measure(folders(tmp_path / str(sigma), real, noisy(real[N:], rng, sigma)), FEW, progress=False))
        for sigma in (4, 30)
    ]
    for name, metric in found[0].items():
        worse = found[1][name].value
        if metric.better == "higher" and name != "paired/own_nearer":
            assert worse < metric.value, name
        elif metric.better in ("lower", "near"):
            assert worse > metric.value, name


def test_figures(part):
    kinds = {figure.name: figure.kind for figure in part.figures}
    assert kinds == {"paired/spread": "svg", "paired/gallery": "png"}
    assert all(figure.content and figure.caption for figure in part.figures)


def test_images_of_two_sizes_are_fitted_to_one(tmp_path, real, rng):
    small = real[N:, ::2, ::2].copy()
    found = by_name(measure(folders(tmp_path, real, small), FEW, progress=False))
    assert found["paired/ssim"].settings["pairs_scaled_to_one_size"] == 8


def test_too_many_pairs_are_drawn_from(tmp_path, real, rng):
    sides = folders(tmp_path, real, noisy(real[N:], rng, 5))
    part = measure(sides, PairedSettings(rounds=50, most_pairs=5), progress=False)
    assert by_name(part)["paired/ssim"].n == 5
    assert "5 of 8 pairs of pictures are measured, drawn with seed 0" in part.notes


def test_equal_images_leave_no_psnr(tmp_path, real):
    found = by_name(measure(folders(tmp_path, real, real[N:]), FEW, progress=False))
    assert found["paired/psnr"].value == np.inf
    assert found["paired/ssim"].value == pytest.approx(1)
    assert found["paired/feature_distance"].value == pytest.approx(0, abs=1e-6)


def test_16_bit_images_are_on_the_same_scale(tmp_path, real, rng):
    made = noisy(real[N:], rng, 10)
    as_8 = by_name(measure(folders(tmp_path / "8", real, made), FEW, progress=False))
    as_16 = by_name(measure(folders(tmp_path / "16", real, made.astype(np.uint16) * 257), FEW, progress=False))
    assert as_16["paired/psnr"].value == pytest.approx(as_8["paired/psnr"].value)


def test_without_pairs_there_is_a_note_alone(tmp_path, real):
    sides = open_sides(
        write_images(tmp_path / "real", {f"test/a/{n}.png": real[n] for n in range(2)}),
        write_images(tmp_path / "synthetic", {"other.png": real[2]}),
    )
    part = measure(sides, FEW, progress=False)
    assert part.notes == (NO_PAIRS,)
    assert not part.metrics


def volume(rng, level=100.0):
    y, x, z = np.mgrid[:48, :44, :40]
    ball = np.hypot(np.hypot(y - 24, x - 22), z - 20) < 16
    return np.where(ball, level + rng.normal(0, 10, ball.shape), 0).astype(np.float32)


def test_volumes_in_3_d_whole_head_and_tumor(tmp_path, rng):
    real = {f"volumes/p{n}/T1.nii.gz": volume(rng) for n in range(4)}
    tumor = np.zeros((48, 44, 40), np.float32)
    tumor[20:28, 20:28, 15:25] = 1
    synthetic = {path.replace("T1", "FLAIR"): voxels + rng.normal(0, 3, voxels.shape).astype(np.float32) * (voxels > 0)
                 for path, voxels in real.items()}  # fmt: skip
    synthetic["volumes/p3/FLAIR.nii.gz"] = synthetic["volumes/p3/FLAIR.nii.gz"][:40]
    splits = {"p0": "train", "p1": "train", "p2": "test", "p3": "test"}
    masks = {f"volumes/p{n}/mask.nii.gz": tumor for n in range(4)}
    write_volumes(tmp_path / "real", real | masks, splits)
    write_volumes(tmp_path / "synthetic", synthetic)
    listed = tmp_path / "pairs.csv"
    listed.write_text("real,synthetic\n" + "".join(f"{path},{path.replace('T1', 'FLAIR')}\n" for path in real))
    sides = open_sides(tmp_path / "real", tmp_path / "synthetic")
    part = measure(sides, PairedSettings(pairs=listed, rounds=20, slices_per_volume=4), progress=False)
    found = by_name(part)
    assert {"paired/ssim[3-D]", "paired/ssim[3-D, head]", "paired/ssim[3-D, tumor]", "paired/vif[3-D]"} <= set(found)
    assert "paired/vif[3-D, tumor]" not in found
    assert found["paired/ssim[3-D]"].n == 1
    voxels = real["volumes/p2/T1.nii.gz"]
    assert found["paired/ssim[3-D]"].settings["data_range"][0] == pytest.approx(np.ptp(voxels))
    expected = np.abs(voxels - synthetic["volumes/p2/FLAIR.nii.gz"])[tumor > 0].mean() / np.ptp(voxels)
    assert found["paired/nmae[3-D, tumor]"].value == pytest.approx(expected, rel=1e-5)
    assert "2 listed pairs are passed over: their real images are not held out" in part.notes
    assert any("1 pairs of volumes are left out" in note for note in part.notes)
    assert [figure.name for figure in part.figures] == ["paired/gallery[3-D]"]
