"""The part as a whole: images on disk in, metrics beside their floor, verdicts, pictures and warnings out."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.fidelity.part import measure
from medcurate.evaluate.fidelity.settings import FidelitySettings
from tests.evaluate.drawn_slices import slices
from tests.evaluate.evaluation_samples import catalogued, plain

QUICK = FidelitySettings(splits=6, shown=4)
DISTANCES = {"frechet_distance", "kernel_distance"}
NAMES = DISTANCES | {"precision", "recall", "density", "coverage", "vendi_score", "authenticity"}


def save(folder, images):
    folder.mkdir(parents=True)
    for number, image in enumerate(images):
        cv2.imwrite(str(folder / f"{number}.png"), image)


@pytest.fixture
def real(rng, tmp_path):
    """Give a folder of real images of two kinds, with splits, and the pictures by kind."""
    kinds = {"bright": slices(rng, 230), "dim": slices(rng, 230) // 2}
    for kind, images in kinds.items():
        save(tmp_path / "real" / "train" / kind, images[:100])
        save(tmp_path / "real" / "test" / kind, images[100:150])
    return kinds


def sides(tmp_path, made):
    save(tmp_path / "made" / "x", made)
    return open_sides(tmp_path / "real", tmp_path / "made", size=32)


def test_new_images_of_the_same_kind_are_near_the_floor(real, tmp_path):
    part = measure(sides(tmp_path, np.concatenate([real["bright"][150:], real["dim"][150:]])), QUICK, progress=False)
    found = {metric.name.removeprefix("fidelity/"): metric for metric in part.metrics}
    assert NAMES | {"coverage[tumor=bright]", "coverage[tumor=dim]"} == set(found)
    for metric in found.values():
        assert metric.real_vs_real is not None
        assert metric.n == metric.settings["n_generated"] > 0
        assert {"encoder", "size", "scale", "seed", "n_real", "few_images"} <= set(metric.settings)
    distance = found["frechet_distance"]
    assert distance.value < 1.5 * distance.real_vs_real.value
    assert (distance.n, distance.real_vs_real.n) == (100, 100)
    assert [verdict.level for verdict in part.verdicts] == ["good"] * 3
    assert [figure.kind for figure in part.figures] == ["svg", "png"]
    names = {metric.name for metric in part.metrics} | {figure.name for figure in part.figures}
    assert {name for verdict in part.verdicts for name in verdict.evidence} <= names
    assert "100 of 160 synthetic images are compared, drawn by seed: as many as there are real" in part.notes[-1]


def test_a_kind_that_is_not_made_is_named(real, tmp_path):
    part = measure(sides(tmp_path, real["bright"][100:]), QUICK, progress=False)
    found = {metric.name: metric for metric in part.metrics}
    assert found["fidelity/coverage[tumor=dim]"].value < 0.5 * found["fidelity/coverage[tumor=bright]"].value
    variety = part.verdicts[2]
    assert variety.level in ("caution", "bad")
    assert "Least covered: tumor=dim" in variety.text


def test_noise_is_bad(real, tmp_path, rng):
    part = measure(sides(tmp_path, rng.integers(0, 256, (100, 32, 32)).astype(np.uint8)), QUICK, progress=False)
    assert [verdict.level for verdict in part.verdicts] == ["bad"] * 3
    assert "times the distance between real images" in part.verdicts[0].text
    assert "0% (0% to 0%) of the synthetic images" in part.verdicts[1].text


def test_copies_are_told_of(real, tmp_path, rng):
    training = np.concatenate([images[:100] for images in real.values()])
    copies = np.clip(training + rng.normal(0, 0.5, training.shape), 0, 255).astype(np.uint8)
    told = measure(sides(tmp_path, copies), QUICK, progress=False).verdicts[-1]
    assert (told.level, told.evidence) == ("caution", ("fidelity/authenticity",))
    assert "nearer to training images than held-out real images do: 0%" in told.text


def test_few_images_are_warned_of_and_a_missing_kind_is_seen(real, tmp_path):
    part = measure(sides(tmp_path, real["bright"][150:190]), QUICK, progress=False)
    assert "good" not in {part.verdicts[0].level, part.verdicts[2].level}
    assert all(metric.settings["few_images"] for metric in part.metrics)
    assert "Only 40 images on a side for" in part.notes[0]
    assert "Only 100 held-out and 40 synthetic images are compared" in part.notes[1]


def test_too_few_images_are_a_note(real, tmp_path):
    part = measure(sides(tmp_path, real["bright"][:4]), QUICK, progress=False)
    assert part.metrics == ()
    assert part.notes == ("Fidelity needs 12 images or more a side; there are 4 synthetic images.",)


def test_the_seed_decides(real, tmp_path):
    both = sides(tmp_path, real["bright"][100:])
    one, again = (measure(both, FidelitySettings(splits=6, most=60), progress=False) for _ in range(2))
    assert [metric.to_dict() for metric in one.metrics] == [metric.to_dict() for metric in again.metrics]


def test_training_images_of_another_kind_are_noted(rng, tmp_path):
    save(tmp_path / "real" / "train" / "x", slices(rng, 60) // 2)
    save(tmp_path / "real" / "test" / "x", slices(rng, 60))
    part = measure(sides(tmp_path, slices(rng, 60)), QUICK, progress=False)
    assert "The real images of the training side differ from the held-out ones" in part.notes[-1]


def test_settings_are_checked():
    with pytest.raises(UsageError, match="splits: expected 6 or more, received 2"):
        FidelitySettings(splits=2)
    with pytest.raises(UsageError, match="most: expected 12 or more, received 5"):
        FidelitySettings(most=5)


def test_one_patient_with_nearly_all_images_leaves_too_few_to_compare_with(tmp_path):
    patients = ["a"] * 16 + ["b"] * 3 + [f"t{n}" for n in range(20)]
    rows = [
        {"image_id": f"{n + 1:016x}", "split": "train" if n < 19 else "test", "patient_group": patient}
        for n, patient in enumerate(patients)
    ]
    both = open_sides(catalogued(tmp_path / "real", rows), plain(tmp_path / "made", {"none": 18}), size=16)
    parts = [measure(replace(both, seed=seed), QUICK, progress=False) for seed in range(4)]
    few = [part for part in parts if not part.metrics]
    assert 0 < len(few) < len(parts), "the scale is learned on either patient, by the seed"
    assert "there are 3, as images of one patient stay together" in few[0].notes[0]
