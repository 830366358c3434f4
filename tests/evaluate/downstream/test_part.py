"""The whole part, against truth that is known: what it must find, refuse and record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from medcurate.encoders import encoder
from medcurate.errors import UsageError
from medcurate.evaluate.design.sides import open_sides
from medcurate.evaluate.downstream import part as part_module
from medcurate.evaluate.downstream.material import Labeled
from medcurate.evaluate.downstream.part import compare, measure
from medcurate.evaluate.downstream.resampling import draw_again
from medcurate.evaluate.downstream.scoring import score_all
from medcurate.evaluate.downstream.settings import DownstreamSettings
from medcurate.evaluate.downstream.training_sets import REAL, Recipe
from tests.evaluate.downstream.downstream_samples import CLASSES, SIZE, labeled, material, write

FEW = DownstreamSettings(ratios=(1.0, 3.0), real_per_class=(6,), all_real=False, repeats=6, rounds=300)


def compared(rng, made=None, settings=FEW, **options):
    part = compare(material(rng, made=made, **options), settings, size=SIZE, progress=False)
    return part, {metric.name.removeprefix("downstream/"): metric for metric in part.metrics}


@pytest.fixture(scope="module")
def helpful():
    """Compare with synthetic images that are as good as real ones."""
    return compared(np.random.default_rng(5), test=60)


def test_other_real_images_in_the_place_of_synthetic_ones_help(helpful):
    part, found = helpful
    gain = found["gain[classic, 6 a class, real+3x]"]
    assert gain.interval[0] > 0
    assert gain.settings["p_holm"] < 0.05
    assert gain.settings["over"] == "real"
    low, high = gain.real_vs_real.interval  # they are as good as other real ones
    assert 0 < low < gain.interval[1]
    assert high > gain.interval[0]
    assert [verdict.level for verdict in part.verdicts] == ["good"]
    assert found["paying_ratio[classic, 6 a class]"].value > 0
    assert found["ceiling[classic, 6 a class]"].interval[0] > 0
    assert 0 < found["detectable_gain[classic, 6 a class]"].value < found["ceiling[classic, 6 a class]"].value


def test_wrong_labels_harm(rng):
    good = labeled(rng, 60)
    part, found = compared(rng, Labeled(good.pixels, (good.labels + 1) % 3), test=60)
    assert found["gain[classic, 6 a class, real+3x]"].interval[1] < 0
    assert [verdict.level for verdict in part.verdicts] == ["bad"]
    assert found["balanced_accuracy[classic, 6 a class, synthetic 3x]"].value < 1 / 3


def test_noise_with_labels_does_not_help(rng):
    noise = Labeled(rng.integers(0, 256, (180, SIZE, SIZE)).astype(np.uint8), np.repeat(np.arange(3), 60))
    part, found = compared(rng, noise)
    assert found["gain[classic, 6 a class, real+3x]"].value < 0.02
    assert part.verdicts[0].level in ("unclear", "bad")


def test_every_number_says_what_it_rests_on(helpful):
    part, found = helpful
    assert len({metric.name for metric in part.metrics}) == len(part.metrics)
    for metric in part.metrics:
        assert metric.n == 180
        low, high = metric.interval or (metric.value, metric.value)
        assert low <= metric.value <= high, metric.name
        assert (metric.interval is None) == ("detectable_gain" in metric.name)
        assert {"label", "seed", "rounds", "model", "encoder", "real_per_class", "repeats"} <= set(metric.settings)
        assert metric.settings["drawn_again"] == "90 patients, and the trainings"
    assert found["accuracy[classic, 6 a class, real+3x]"].settings["training_images"] == 72
    assert found["accuracy[classic, 6 a class, real+3x]"].better == "higher"
    assert found["recall[classic, 6 a class, real, b]"].n == 180
    for verdict in part.verdicts:
        assert {name.removeprefix("downstream/") for name in verdict.evidence} <= set(found)
    assert {figure.name for figure in part.figures} == {"downstream/dose[classic]", "downstream/classes[classic]"}
    assert all(figure.content.startswith(b"<svg") for figure in part.figures)


def test_several_numbers_of_real_images_give_a_curve(rng):
    settings = DownstreamSettings(ratios=(1.0,), real_per_class=(4, 8, 500), most_per_class=20, repeats=2, rounds=50)
    part, found = compared(rng, settings=settings)
    assert "downstream/low_data[classic]" in {figure.name for figure in part.figures}
    assert len(part.verdicts) == 3
    assert "gain[classic, all real, real+1x]" in found
    assert found["gain[classic, all real, real+1x]"].settings["training_images"] == 120
    assert any("500 a class: left out, there are 40 real images of a" in note for note in part.notes)
    assert any("all real: at most 20 images of each class" in note for note in part.notes)


def test_the_same_seed_gives_the_same_numbers(rng):
    found = material(rng, real=20, synthetic=20, test=10)
    settings = DownstreamSettings(ratios=(1.0,), real_per_class=(4,), all_real=False, repeats=2, rounds=50)
    first, same, other = (compare(found, settings, size=SIZE, seed=seed, progress=False) for seed in (1, 1, 2))
    assert first == same
    assert [metric.value for metric in first.metrics] != [metric.value for metric in other.metrics]


def test_scores_are_means_over_trainings_of_those_of_scikit_learn(rng):
    found = material(rng, test=20)
    probabilities = rng.dirichlet(np.ones(3), (4, 60)).astype(np.float32)
    draws = draw_again(30, 4, rounds=30, seed=0)
    scored = score_all(found, {Recipe(REAL): probabilities}, draws)[Recipe(REAL)]
    each = [balanced_accuracy_score(found.test.labels, one.argmax(axis=1)) for one in probabilities]
    assert scored.overall["balanced_accuracy"].value == pytest.approx(np.mean(each))
    assert scored.overall["auc"].value == pytest.approx(np.mean([scored.by_class["auc", c].value for c in range(3)]))


def test_folders_are_compared_from_end_to_end(tmp_path, rng):
    def rows(count, **more):
        return [{"tumor": name, **more} for name in CLASSES for _ in range(count)]

    real = write(tmp_path / "real", rng, rows(12, split="train") + rows(8, split="test"))
    made = write(tmp_path / "made", rng, rows(9))
    (made / "training_ids.txt").write_text("0000000000000000\n")
    settings = DownstreamSettings(ratios=(1.0,), real_per_class=(4,), all_real=False, repeats=2, rounds=50)
    part = measure(open_sides(real, made, size=SIZE), settings, progress=False)
    assert len(part.verdicts) == 1
    assert any("the generator was trained on 1 real images" in note for note in part.notes)
    assert any("patients are not known" in note for note in part.notes)
    assert any("the network was not trained" in note for note in part.notes)


def test_what_has_no_classes_is_told_in_one_note(tmp_path, rng):
    real = write(
        tmp_path / "real", rng, [{"tumor": "a", "split": split} for split in ("train", "test") for _ in range(6)]
    )
    made = write(tmp_path / "made", rng, [{"tumor": "a"}] * 3)
    part = measure(open_sides(real, made, size=SIZE), progress=False)
    assert part.metrics == part.verdicts == part.figures == ()
    assert len(part.notes) == 1


def test_an_encoder_that_there_is_not_is_refused(rng):
    with pytest.raises(UsageError, match="encoder: expected classical"):
        compared(rng, settings=DownstreamSettings(encoder="resnet"))


def test_the_network_is_trained_where_it_is_asked_for(rng):
    pytest.importorskip("tensorflow")
    settings = DownstreamSettings(
        models=("cnn",), real_per_class=(4,), all_real=False, cnn_ratios=(1.0,), cnn_repeats=1, cnn_steps=2, rounds=20
    )
    part, found = compared(rng, settings=settings, real=10, synthetic=10, test=4)
    steps = {metric.settings["steps"] for metric in part.metrics}
    assert steps == {2}  # for every training set
    assert "gain[cnn, 4 a class, real+1x]" in found
    assert "the network" in part.verdicts[0].text


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "inception"),
        ({"inception": Path("weights.h5")}, "inception:weights.h5"),
        ({"inception": Path("weights.h5"), "pretrained": "keras:own.keras"}, "keras:own.keras"),
    ],
)
def test_the_pretrained_classifier_has_rows_of_its_own_on_the_features_of_a_network(options, name, rng, monkeypatch):
    asked = []

    def given(wanted):
        asked.append(wanted)
        return encoder("classical")

    monkeypatch.setattr(part_module, "encoder", given)
    settings = DownstreamSettings(
        models=("pretrained",), real_per_class=(4,), all_real=False, cnn_repeats=2, rounds=20, **options
    )
    part, found = compared(rng, settings=settings, real=10, synthetic=10, test=4)
    assert asked == [name]
    assert found["gain[pretrained, 4 a class, real+1x]"].settings["repeats"] == 2
    assert "the pretrained classifier" in part.verdicts[0].text


def test_weights_that_are_not_there_are_named(rng, tmp_path, monkeypatch):
    pytest.importorskip("keras")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="its weights are not on this machine"):
        compared(rng, settings=DownstreamSettings(models=("pretrained",)), real=10, synthetic=10, test=4)
