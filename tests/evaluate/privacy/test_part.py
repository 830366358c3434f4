"""The whole part, on heads with and without planted copies."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from medcurate.dataset import Dataset
from medcurate.dataset.files import read_image
from medcurate.errors import PolicyError
from medcurate.evaluate.evaluation import evaluate
from medcurate.evaluate.privacy.part import measure, training_images
from medcurate.evaluate.privacy.policy import COPIES
from medcurate.evaluate.privacy.settings import PrivacySettings
from medcurate.pictures import fit
from tests.evaluate.privacy.heads import generated, heads, noisy, plain, sides, turned

QUICK = PrivacySettings(rounds=20, halvings=20, most_pieces=12)


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(7)
    return heads(rng, 60), heads(rng, 100), heads(rng, 76)


def by_name(part):
    return {metric.name: metric for metric in part.metrics}


def test_planted_copies_are_found_and_named(tmp_path, drawn, rng):
    training, test, new = drawn
    planted = [training[3], training[9][:, ::-1], turned(training[12], 2), noisy(training[20], rng)]
    synthetic = np.concatenate([new, planted])
    part = measure(sides(tmp_path, training, test, synthetic), QUICK, progress=False)
    copies = by_name(part)[COPIES]
    named = {copy["synthetic"]: copy["training"] for copy in copies.settings["copies"]}
    wanted = {f"x/{76 + number:04d}.png": f"x/{row:04d}.png" for number, row in enumerate((3, 9, 12, 20))}
    assert wanted.items() <= named.items()
    assert len(named) <= 6
    assert copies.settings["equal"] == 2
    assert copies.settings["leak"]
    assert part.verdicts[0].level == "bad"
    assert {verdict.part for verdict in part.verdicts} == {"privacy"}
    assert [figure.name for figure in part.figures][:2] == ["privacy/pairs", "privacy/pairs_held_out"]
    assert part.figures[-1].name == "privacy/likeness"
    assert len({metric.name for metric in part.metrics}) == len(part.metrics)
    evidence = {name for verdict in part.verdicts for name in verdict.evidence}
    assert evidence <= {metric.name for metric in part.metrics} | {figure.name for figure in part.figures}
    assert "not known (no training_ids.txt)" in part.notes[0]


def test_new_images_are_no_leak_and_that_is_what_is_said(tmp_path, drawn):
    part = measure(sides(tmp_path, *drawn), QUICK, progress=False)
    assert not by_name(part)[COPIES].settings["leak"]
    assert {verdict.level for verdict in part.verdicts} == {"good"}
    assert all("no leak found by these tests" in verdict.text for verdict in part.verdicts)
    assert "anonym" not in repr(part).lower()


def test_a_generator_that_repeats_itself_is_told_by_distances_and_membership(tmp_path, drawn, rng):
    training, test, _ = drawn
    synthetic = np.stack([noisy(image, rng, 15) for image in training])
    part = measure(sides(tmp_path, training, test, synthetic), QUICK, progress=False)
    assert [verdict.level for verdict in part.verdicts] == ["bad", "bad", "caution", "bad"]
    assert by_name(part)["privacy/membership_auc"].value > 0.95


def test_only_what_the_generator_was_trained_on_counts_as_training(tmp_path, drawn):
    training, test, new = drawn
    synthetic = np.concatenate([new[:8], training[[5, 50]]])
    known = frozenset(f"x/{number:04d}.png" for number in range(18))
    opened = sides(tmp_path, training, test[:30], synthetic, generator_ids=known | {"gone"})
    part = measure(opened, QUICK, progress=False)
    equal = [copy["training"] for copy in by_name(part)[COPIES].settings["copies"] if copy["equal"]]
    assert equal == ["x/0005.png"]
    assert part.notes[0].startswith("1 images that the generator was trained on are not among")
    nothing, notes = training_images(replace(opened, generator_ids=frozenset({"other"})))
    assert len(nothing) == 60
    assert "None of the 1 images" in notes[0]


def test_the_same_seed_gives_the_same_part(tmp_path, drawn):
    opened = sides(tmp_path, *(images[:20] for images in drawn))
    assert measure(opened, QUICK, progress=False) == measure(opened, QUICK, progress=False)


def test_few_images_give_what_can_be_said(tmp_path, drawn):
    training, test, new = drawn
    part = measure(sides(tmp_path, training[:5], test[:4], new[:3]), QUICK, progress=False)
    assert [verdict.level for verdict in part.verdicts] == ["too_few", "too_few"]
    assert any("Distances need at least 10" in note for note in part.notes)
    assert any("membership test needs 20" in note for note in part.notes)


def test_without_images_the_part_says_why(tmp_path, drawn):
    opened = sides(tmp_path, *(images[:3] for images in drawn))
    empty = replace(opened.synthetic, rows=opened.synthetic.rows.slice(0, 0))
    part = measure(replace(opened, synthetic=empty), QUICK)
    assert not part.metrics
    assert "received 0 synthetic, 3 training and 3 held-out ones" in part.notes[-1]


def test_a_split_that_leaks_and_blank_images_are_told(tmp_path, drawn):
    training, test, new = drawn
    test = np.concatenate([test[:8], training[:1]])
    synthetic = np.concatenate([new[:8], np.zeros((2, 64, 64), np.uint8)])
    part = measure(sides(tmp_path, training, test, synthetic), QUICK, progress=False)
    assert any(note.startswith("1 held-out images are equal to a training image") for note in part.notes)
    assert any(note.startswith("2 synthetic images show nothing") for note in part.notes)


def test_an_evaluation_takes_the_copies_out_of_the_dataset(tmp_path, drawn):
    training, test, new = drawn
    for split, images in (("train", training[:30]), ("test", test[:30])):
        plain(tmp_path / "real" / split, images)
    made = generated(tmp_path / "made", np.concatenate([new[:10], training[:1]]))
    with pytest.raises(PolicyError, match="1 of 11 images"):
        evaluate(tmp_path / "real", made, out=tmp_path / "report", parts=["privacy"], settings={"on_copies": "block"})
    assert (tmp_path / "report" / "report.html").exists()
    evaluate(tmp_path / "real", made, out=tmp_path / "report", parts=["privacy"], settings={"on_copies": "remove"})
    assert len(Dataset.open(made)) == 10
    assert len(list(made.rglob("*.png"))) == 10


@pytest.mark.realdata
def test_copies_of_real_slices_are_found_among_new_persons(tmp_path, realdata, rng):
    """Slices of whole heads; who they are of is known, but for some who have two names and are not among these."""
    with (realdata / "slices" / "labels.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    persons = np.array([row["volume"].split("-")[0] for row in rows])
    numbers = {"train": (1, 2, 3, 4, 5, 6), "test": (13, 14, 17, 18), "new": (21, 22)}
    chosen = {name: [f"Subj{number}" for number in some] for name, some in numbers.items()}
    training, test, new = (
        np.stack(
            [
                fit(read_image(realdata / rows[row]["path"]), 64, pad=True)
                for row in np.flatnonzero(np.isin(persons, who))
            ]
        )
        for who in chosen.values()
    )
    some = rng.permutation(len(training))[:5]
    planted = [
        training[some[0]],
        training[some[1]][:, ::-1],
        turned(training[some[2]], -2),
        turned(training[some[3]], 2),
    ]
    synthetic = np.concatenate([new, planted, [noisy(training[some[4]], rng, 12.75)]])
    part = measure(sides(tmp_path, training, test, synthetic), QUICK, progress=False)
    copies = by_name(part)[COPIES].settings["copies"]
    wanted = {(f"x/{len(new) + number:04d}.png", f"x/{row:04d}.png") for number, row in enumerate(some.tolist())}
    assert wanted <= {(copy["synthetic"], copy["training"]) for copy in copies}
    assert len(copies) - 5 <= 0.05 * len(new)
    assert part.verdicts[0].level == "bad"
