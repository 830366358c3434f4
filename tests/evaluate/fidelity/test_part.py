"""The part as a whole: images on disk in, metrics beside their floor, verdicts, pictures and warnings out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.fidelity.part import measure
from medcurate.evaluate.fidelity.settings import FidelitySettings
from tests.evaluate.drawn_slices import slices

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
    kinds = {"bright": slices(rng, 200), "dim": slices(rng, 200) // 2}
    for kind, images in kinds.items():
        save(tmp_path / "real" / "train" / kind, images[:70])
        save(tmp_path / "real" / "test" / kind, images[70:120])
    return kinds


def sides(tmp_path, made):
    save(tmp_path / "made" / "x", made)
    return open_sides(tmp_path / "real", tmp_path / "made", size=32)


def test_new_images_of_the_same_kind_are_near_the_floor(real, tmp_path):
    part = measure(sides(tmp_path, np.concatenate([real["bright"][120:], real["dim"][120:]])), QUICK, progress=False)
    found = {metric.name.removeprefix("fidelity/"): metric for metric in part.metrics}
    assert NAMES | {"coverage[tumor=bright]", "coverage[tumor=dim]"} == set(found)
    for metric in found.values():
        assert metric.real_vs_real is not None
        assert metric.n == metric.settings["n_generated"] > 0
        assert {"encoder", "size", "scale", "seed", "n_real", "few_images"} <= set(metric.settings)
    distance = found["frechet_distance"]
    assert distance.value < 1.5 * distance.real_vs_real.value
    assert (distance.n, distance.real_vs_real.n) == (140, 140)
    assert [verdict.level for verdict in part.verdicts] == ["good"] * 3
    assert [figure.kind for figure in part.figures] == ["svg", "png"]
    names = {metric.name for metric in part.metrics} | {figure.name for figure in part.figures}
    assert {name for verdict in part.verdicts for name in verdict.evidence} <= names
    assert "140 of 160 synthetic images are compared: as many as there are training images (140)" in part.notes[-1]


def test_a_kind_that_is_not_made_is_named(real, tmp_path):
    part = measure(sides(tmp_path, real["bright"][60:]), QUICK, progress=False)
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
    training = np.concatenate([images[:70] for images in real.values()])
    copies = np.clip(training + rng.normal(0, 0.5, training.shape), 0, 255).astype(np.uint8)
    told = measure(sides(tmp_path, copies), QUICK, progress=False).verdicts[-1]
    assert (told.level, told.evidence) == ("caution", ("fidelity/authenticity",))
    assert "nearer to training images than held-out real images do: 0%" in told.text


def test_few_images_are_warned_of_and_prove_nothing(real, tmp_path):
    part = measure(sides(tmp_path, real["bright"][120:160]), QUICK, progress=False)
    assert "good" not in {verdict.level for verdict in part.verdicts}
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
