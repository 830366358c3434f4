"""Slices of one place in several contrasts become channels of one image, and nothing else does."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.cli.training_metric import LEAST, distance_to_validation
from medcurate.dataset import Dataset
from medcurate.dataset.contrast_stacks import side_by_side, stack_contrasts
from medcurate.dataset.files import encode_png
from medcurate.dataset.samples import ColumnChoice, read_stacks
from medcurate.errors import UsageError
from medcurate.generate.training.settings import TrainSettings
from medcurate.generate.training.training import train
from tests.datasets_manifest.made_dataset import STEPS, make, row
from tests.generate.small_training import small

PAIR = ("T1ce", "FLAIR")


def slices(contrasts=PAIR, patients=2, places=3, source="x", **more):
    """Return a row for each contrast of each place, contrasts apart from each other as in a real catalogue."""
    return [
        row(source, 10_000 * patient + 100 * k + place, **{**at(patient, place), "contrast": contrast, **more})
        for patient in range(patients)
        for k, contrast in enumerate(contrasts)
        for place in range(places)
    ]


def at(patient=0, place=0):
    return {"patient_group": f"g{patient}", "position": place / 10, "original_frame": place, "split": "train"}


def opened(folder, rows):
    return Dataset.open(make(folder, rows))


def paired(stacks):
    """Return the ID of each channel of each stack."""
    ids = stacks.dataset.ids
    return [ids[k : k + stacks.channels] for k in range(0, len(ids), stacks.channels)]


def test_channels_come_in_the_order_given_and_belong_to_one_place(tmp_path):
    rows = slices()
    dataset = opened(tmp_path, rows)
    of = {(one["patient_group"], one["position"], one["contrast"]): one["image_id"] for one in rows}
    for contrasts in (PAIR, PAIR[::-1]):
        stacks = stack_contrasts(dataset, contrasts)
        expected = {tuple(of[g, p, name] for name in contrasts) for g, p, _ in of}
        assert (len(stacks), stacks.channels, stacks.notes) == (6, 2, ())
        assert set(paired(stacks)) == expected
        assert paired(stack_contrasts(dataset, contrasts)) == paired(stacks)


def test_without_contrasts_images_stay_as_they_are(tmp_path):
    dataset = opened(tmp_path, slices())
    stacks = stack_contrasts(dataset, ())
    assert (stacks.dataset.ids, stacks.channels, len(stacks)) == (dataset.ids, 1, 12)


def test_pixels_and_labels_go_with_their_place(tmp_path):
    rows = slices(patients=1, tumor="glioma") + slices(patients=1, tumor="none", source="y")
    rows = [{**one, "path": f"images/{k}.png"} for k, one in enumerate(rows)]
    dataset = opened(tmp_path, rows)
    stacks = stack_contrasts(dataset, PAIR)
    data = read_stacks(stacks, ColumnChoice(target=PAIR, condition=("tumor",)), size=16)
    images, labels = data.columns["target"], data.columns["labels"]
    assert images.shape == (6, 16, 16, 2)
    assert len(data.ids) == 12
    for k in range(6):
        for channel in range(2):
            np.testing.assert_array_equal(images[k, ..., channel], stacks.dataset.image(2 * k + channel))
        assert labels[k].tolist() == [
            float(stacks.dataset.rows["tumor"][2 * k].as_py() == name) for name in data.classes["tumor"]
        ]
    turned = ColumnChoice(target=PAIR[::-1], condition=("tumor",))
    other = read_stacks(stack_contrasts(dataset, PAIR[::-1]), turned, size=16)
    assert other.digest != data.digest


@pytest.mark.parametrize(
    "other",
    [
        {"patient_group": "g9"},
        {"plane": "coronal"},
        {"source": "y"},
        {"tumor": "none"},
        {"position": 0.05},
        {"original_frame": 7},
        {"steps": json.dumps([{**STEPS[1], "measured": {"box": [[1, 9], [0, 9]]}}])},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_slice_of_another_place_is_no_channel(tmp_path, other):
    rows = slices(patients=1, places=2)
    rows[-1].update(other)
    stacks = stack_contrasts(opened(tmp_path, rows), PAIR)
    assert len(stacks) == 1
    assert stacks.notes == ("--contrasts: 2 places are not shown in all of T1ce, FLAIR and were left out",)


def test_other_intensities_are_no_other_place(tmp_path):
    rows = slices(patients=1, places=1)
    rows[1]["steps"] = json.dumps([*STEPS, {"step": "zscore", "settings": {}, "measured": {"mean": 3.0}}])
    assert len(stack_contrasts(opened(tmp_path, rows), PAIR)) == 1


def test_of_two_images_of_a_contrast_at_a_place_the_first_is_taken(tmp_path):
    rows = slices(patients=1, places=2)
    again = {**row("x", 77, **at(place=1), contrast="FLAIR")}
    stacks = stack_contrasts(opened(tmp_path, [*rows, again]), PAIR)
    assert again["image_id"] not in stacks.dataset.ids
    assert len(stacks) == 2
    assert stacks.notes == (
        "--contrasts: 1 images show a place in a contrast in which an earlier one shows it, and were left out",
    )


@pytest.mark.parametrize("lost", [{"patient_group": None}, {"position": None, "original_frame": None}])
def test_a_place_that_is_not_known_is_left_out(tmp_path, lost):
    rows = slices(patients=1, places=2)
    for one in (rows[0], rows[2]):
        one.update(lost)
    stacks = stack_contrasts(opened(tmp_path, rows), PAIR)
    assert paired(stacks) == [(rows[1]["image_id"], rows[3]["image_id"])]
    assert stacks.notes == (
        "--contrasts: 2 images were left out, as their patient or their place in the head is not known",
    )


def test_one_contrast_needs_no_place(tmp_path):
    rows = slices(position=None, patient_group=None)
    stacks = stack_contrasts(opened(tmp_path, rows), ("FLAIR",))
    assert stacks.dataset.ids == tuple(one["image_id"] for one in rows if one["contrast"] == "FLAIR")
    assert stacks.channels == 1


def test_what_the_dataset_has_is_said(tmp_path):
    plain = tmp_path / "plain" / "glioma"
    plain.mkdir(parents=True)
    (plain / "0.png").write_bytes(encode_png(np.zeros((4, 4), np.uint8)))
    dataset = opened(tmp_path, slices())
    with pytest.raises(
        UsageError, match=r"there is no image of T1 or PD; .* has the contrasts FLAIR \(6 images\), T1ce \(6"
    ):
        stack_contrasts(dataset, ("T1", "FLAIR", "PD"))
    with pytest.raises(UsageError, match=r"there is no image of T1ce or FLAIR; .* has the contrasts none"):
        stack_contrasts(Dataset.open(plain.parent), PAIR)
    with pytest.raises(UsageError, match="no position in a patient is shown in all of them"):
        stack_contrasts(opened(tmp_path / "b", slices(("T1ce",), 1) + slices(("FLAIR",), 1, source="y")), PAIR)


def test_steps_that_nobody_can_read_are_an_error(tmp_path):
    with pytest.raises(UsageError, match="column steps: expected what medcurate homogenize writes"):
        stack_contrasts(opened(tmp_path, slices(steps="[1]")), PAIR)


@settings(deadline=None, max_examples=15)
@given(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(("T1", "T2", "PD"))), min_size=1))
def test_a_place_is_stacked_if_and_only_if_it_has_all_contrasts(tmp_path_factory, there):
    rows = [
        row("x", 100 * p + 10 * k + "T1 T2 PD".index(name), **at(p, k), contrast=name) for p, k, name in sorted(there)
    ]
    dataset = opened(tmp_path_factory.mktemp("d"), rows)
    expected = {(p, k) for p, k, _ in there if {(p, k, "T1"), (p, k, "PD")} <= there}
    if not expected:
        with pytest.raises(UsageError, match="--contrasts PD,T1"):
            stack_contrasts(dataset, ("PD", "T1"))
        return
    of = {one["image_id"]: (int(one["patient_group"][1:]), one["original_frame"], one["contrast"]) for one in rows}
    found = [tuple(of[name] for name in stack) for stack in paired(stack_contrasts(dataset, ("PD", "T1")))]
    assert sorted(found) == sorted(((*place, "PD"), (*place, "T1")) for place in expected)


def test_side_by_side(rng):
    images = rng.integers(0, 256, (3, 4, 5, 2), np.uint8)
    laid = side_by_side(images)
    np.testing.assert_array_equal(laid, np.concatenate([images[..., 0], images[..., 1]], axis=2))


@pytest.mark.parametrize("names", [("T1", "T1"), ("",), ("T1\n",), ("Ω",)])
def test_names_that_cannot_be_channels(names):
    with pytest.raises(UsageError, match="--contrasts: "):
        TrainSettings(contrasts=names)


def test_the_metric_sees_whether_contrasts_belong_together(tmp_path, rng):
    rows = slices(patients=1, places=LEAST, split="val")
    dataset = opened(tmp_path, rows)
    blank = TrainSettings(size=32, contrasts=PAIR)
    measure = distance_to_validation(dataset, blank)
    real = read_stacks(stack_contrasts(dataset, PAIR), ColumnChoice(target=PAIR), size=32).columns["target"]
    assert measure(real)["val_frechet_distance"] == pytest.approx(0, abs=1e-3)
    mixed = np.stack([real[..., 0], np.roll(real[..., 1], 1, axis=0)], axis=-1)  # each contrast is as it was
    assert measure(mixed)["val_frechet_distance"] > 0.1
    assert distance_to_validation(dataset, TrainSettings(size=32, contrasts=("T1", "PD"))) is None
    few = opened(tmp_path / "few", slices(patients=1, places=LEAST - 1, split="val"))
    assert distance_to_validation(few, blank) is None


def test_a_training_on_contrasts_and_its_generator(tmp_path):
    dataset = opened(tmp_path / "data", [*slices(places=4), *slices(("T1ce",), 1, 1, source="y")])
    result = train(dataset, tmp_path / "run", small(contrasts=PAIR, steps=2), progress=False)
    assert result.notes == (
        "--contrasts: 1 places are not shown in all of T1ce, FLAIR and were left out",
        "16 of 16 images are smaller than 32 x 32 (most often 16 x 16): they are enlarged, which adds no detail",
    )
    assert result.generator.architecture["contrasts"] == list(PAIR)
    assert result.generator.sample(0, 3).shape == (3, 32, 32, 2)
    assert result.generator.facts["images"] == 8
    ids = set((tmp_path / "run" / "training_ids.txt").read_text().split())
    assert ids == {one["image_id"] for one in slices(places=4)}
    with pytest.raises(UsageError, match="contrasts: "):
        train(dataset, tmp_path / "run", small(contrasts=PAIR[::-1], steps=2), resume=True, progress=False)
