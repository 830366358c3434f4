"""The part measures what the data allow, says which of its comparisons those are, and notices wrong masks."""

from __future__ import annotations

import json
import shutil
import sys

import cv2
import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import encode_png, read_image
from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.dice.part import measure
from medcurate.evaluate.dice.settings import DiceSettings
from tests.evaluate.dice import masked_folders

QUICK = DiceSettings(
    steps=60, batch=4, repeats=1, width=8, depth=1, learning_rate=1e-2, fewest=4,
    volume_size=8, volume_steps=2, volume_batch=1, fewest_volumes=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return masked_folders.catalogued(tmp_path_factory.mktemp("real"), {"train": 4, "test": 3}, seed=1)


def values(part, name: str) -> dict[str, float]:
    return {
        metric.name.removeprefix(name)[1:-1]: metric.value for metric in part.metrics if metric.name.startswith(name)
    }


@pytest.fixture(scope="module")
def right(real, tmp_path_factory):
    made = masked_folders.plain(tmp_path_factory.mktemp("right"), 16, seed=2)
    return measure(open_sides(real, made, seed=4), QUICK, progress=False)


def test_segmenters_find_what_right_masks_say(right):
    condition = values(right, "dice/condition_dice")

    assert set(condition) == {"whole_tumor", "tumor_core", "enhancing"}
    assert condition["whole_tumor"] > 0.6
    floor = next(m.real_vs_real for m in right.metrics if m.name == "dice/condition_dice[whole_tumor]")
    assert floor.value > 0.6
    assert (floor.n, floor.settings["unit_of_n"], floor.settings["unit"]) == (12, "images", "px")


def test_training_sets_are_tested_on_held_out_patients(right):
    arms = values(right, "dice/segmenter_dice")
    gains = values(right, "dice/gain_dice")

    assert {name.split(", ")[0] for name in arms} == {"real", "real+1x", "synthetic 1x"}
    assert arms["synthetic 1x, whole_tumor"] > 0.5
    for name, gain in gains.items():
        assert gain == pytest.approx(arms[name] - arms[f"real, {name.split(', ')[1]}"])
    distance = next(m for m in right.metrics if m.name == "dice/segmenter_hausdorff95[real, whole_tumor]")
    assert (distance.n, distance.settings["unit_of_n"], distance.unit) == (3, "patients", "mm")


def test_notes_verdicts_and_figures_say_what_was_done(right):
    assert [verdict.part for verdict in right.verdicts] == ["dice", "dice"]
    assert [figure.name for figure in right.figures] == ["dice/segmenter", "dice/condition"]
    assert any("no synthetic image has the name of a held-out real one" in note for note in right.notes)
    assert any("on 16 real images" in note and "12 held-out images of 3 patients" in note for note in right.notes)
    for metric in right.metrics:
        assert metric.settings["labels"] == "brats2020"
        json.dumps(metric.to_dict(), allow_nan=False)


def test_masks_that_lie_beside_what_they_label_are_noticed(real, right, tmp_path):
    wrong = measure(
        open_sides(real, masked_folders.plain(tmp_path, 16, seed=2, shift=12), seed=4), QUICK, progress=False
    )

    for name in ("dice/condition_dice", "dice/segmenter_dice"):
        key = "whole_tumor" if name.endswith("condition_dice") else "synthetic 1x, whole_tumor"
        assert values(wrong, name)[key] < values(right, name)[key] - 0.3
    assert wrong.verdicts[0].level in ("caution", "bad")
    assert values(wrong, "dice/segmenter_dice")["real, whole_tumor"] == pytest.approx(
        values(right, "dice/segmenter_dice")["real, whole_tumor"]
    )


def test_masks_of_one_name_are_compared_without_a_network(real, tmp_path):
    test = Dataset.open(real).select(split="test")
    for row, name in enumerate(test.ids):
        for place, pixels in (("glioma", test.image(row)), ("masks/glioma", np.roll(test.mask(row), 1, 1))):
            (tmp_path / place).mkdir(parents=True, exist_ok=True)
            (tmp_path / place / f"{name}.png").write_bytes(encode_png(pixels))

    part = measure(open_sides(real, tmp_path), DiceSettings(fewest=1000), progress=False)

    dice = values(part, "dice/pairs_dice")
    assert 0.8 < dice["whole_tumor"] < 1
    assert dice["enhancing"] < dice["whole_tumor"]  # a thin ring suffers more
    distance = next(m for m in part.metrics if m.name == "dice/pairs_hausdorff95[whole_tumor]")
    assert (distance.unit, distance.n, distance.settings["pairs"]) == ("mm", 3, 12)
    assert distance.value == pytest.approx(masked_folders.SPACING[1])
    assert len(part.metrics) == 12
    assert "masks of 12 pairs of images" in part.notes[0]
    assert "no segmenter was trained on images: too few with masks, train 16 (at least 1000)" in part.notes[1]


def test_without_keras_pairs_are_compared_all_the_same(real, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)

    part = measure(open_sides(real, real), QUICK, progress=False)

    assert values(part, "dice/pairs_dice")["whole_tumor"] == 1.0
    assert part.notes[-1].startswith("no segmenter was trained: A neural network needs keras")
    with pytest.raises(MissingExtra, match="medcurate\\[train\\]"):
        measure(open_sides(real, masked_folders.plain(tmp_path, 16, seed=2)), QUICK, progress=False)


def test_binary_masks_have_one_region(real, tmp_path):
    made = shutil.copytree(real, tmp_path / "made")
    for path in (made / "masks").rglob("*.png"):
        path.write_bytes(encode_png((read_image(path) > 0).astype(np.uint8) * 255))

    part = measure(open_sides(real, made), DiceSettings(fewest=1000), progress=False)

    assert values(part, "dice/pairs_dice") == {"whole_tumor": 1.0}


def test_volumes_are_measured_in_3_d(tmp_path):
    real = masked_folders.catalogued(tmp_path / "real", {"train": 2, "test": 2}, seed=1, volumes=True)
    made = masked_folders.catalogued(tmp_path / "made", {"train": 2, "test": 1}, seed=2, volumes=True)

    part = measure(open_sides(real, made, size=16), QUICK, progress=False)

    names = {metric.name.split("[")[0] for metric in part.metrics}
    assert names == {
        f"dice/{kind}_{quantity}"
        for kind in ("pairs", "condition", "segmenter")
        for quantity in ("dice", "jaccard", "hausdorff95", "surface_distance")
    } | {"dice/gain_dice"}
    assert all("[3-D, " in metric.name for metric in part.metrics)
    assert [figure.name for figure in part.figures] == ["dice/segmenter_3d", "dice/condition_3d"]
    pair = next(m for m in part.metrics if m.name == "dice/pairs_hausdorff95[3-D, whole_tumor]")
    assert (pair.n, pair.unit) == (1, "mm")


def test_without_masks_it_does_not_apply_and_says_so(real, tmp_path, rng):
    (tmp_path / "glioma").mkdir()
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"glioma/{number}.png"), rng.integers(0, 255, (32, 32), np.uint8))

    part = measure(open_sides(real, tmp_path), progress=False)

    assert part.notes == ("regions were not compared: no synthetic image has a mask",)
    assert not part.metrics


def test_settings_are_checked_first(real):
    with pytest.raises(UsageError, match="mask_labels"):
        measure(open_sides(real, real), DiceSettings(mask_labels="x"), progress=False)
