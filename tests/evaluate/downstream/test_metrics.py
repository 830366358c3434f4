"""Names of metrics, and what stands beside them."""

from __future__ import annotations

from medcurate.evaluate.downstream.gains import ceilings, gains, paying_ratio
from medcurate.evaluate.downstream.metrics import gain_metrics, limit_metrics, metric_name, ratio_metric, score_metrics
from medcurate.evaluate.downstream.scoring import Scored
from medcurate.evaluate.downstream.training_sets import AUGMENTED, MORE_REAL, ONLY, REAL, SYNTHETIC, Recipe
from tests.evaluate.downstream.test_gains import scored, sets
from tests.evaluate.downstream.test_verdicts import limited


def full(value, number):
    one = scored(value, number).overall["balanced_accuracy"]
    overall = dict.fromkeys(("accuracy", "balanced_accuracy", "precision", "f1", "auc"), one)
    return Scored(overall, {("recall", 0): one, ("recall", 1): one})


KINDS = (Recipe(REAL), *(Recipe(kind, 1.0) for kind in (SYNTHETIC, AUGMENTED, MORE_REAL, ONLY)), Recipe(SYNTHETIC, 2.0))
SETS = {recipe: full(0.5 + 0.01 * number, number) for number, recipe in enumerate(KINDS)}
ABOUT = {recipe: {"n": 60, "training_images": 10} for recipe in KINDS}


def told():
    return {metric.name: metric for metric in score_metrics("classic", 25, SETS, ("a", "b"), ABOUT)}


def test_names_say_model_number_set_and_class():
    assert (
        metric_name("recall", "cnn", 0, Recipe(ONLY, 0.5), "a") == "downstream/recall[cnn, all real, synthetic 0.5x, a]"
    )
    assert metric_name("paying_ratio", "classic", 25) == "downstream/paying_ratio[classic, 25 a class]"


def test_beside_synthetic_images_stand_real_ones_in_their_place():
    found = told()
    mixed = found["downstream/f1[classic, 25 a class, real+1x]"]
    assert mixed.real_vs_real.name == "downstream/f1[classic, 25 a class, real+1x real]"
    assert round(mixed.real_vs_real.value, 6) == 0.53
    alone = found["downstream/f1[classic, 25 a class, synthetic 1x]"]
    assert alone.real_vs_real.name == "downstream/f1[classic, 25 a class, real]"
    assert found["downstream/f1[classic, 25 a class, real+2x]"].real_vs_real is None  # there are not so many
    assert found["downstream/f1[classic, 25 a class, real]"].real_vs_real is None


def test_of_controls_and_further_ratios_less_is_told():
    found = told()
    ends = {name.partition("a class, ")[2] for name in found if name.startswith("downstream/recall")}
    assert ends == {f"{name}, {c}]" for name in ("real", "real+1x", "synthetic 1x") for c in "ab"}
    control = {name.split("/")[1].split("[")[0] for name in found if "augmented" in name}
    assert control == {"accuracy", "balanced_accuracy"}
    assert not any(name.endswith("real+1x real]") for name in found)


def test_a_gain_carries_its_tests():
    one = sets(s2=0.62, a2=0.52, r2=0.5, m2=0.7)
    about = {25: {recipe: {"n": 60, "training_images": 10} for recipe in one}}
    first, *_ = gain_metrics("classic", gains({25: one}), about)
    assert first.name == "downstream/gain[classic, 25 a class, real+1x]"
    assert {"p", "p_holm", "tests", "over", "score"} <= set(first.settings)
    assert "n" not in first.settings
    assert first.real_vs_real.value > first.value


def test_the_ratio_says_how_far_was_tried():
    found = ratio_metric("classic", 25, paying_ratio(sets(s2=0.7, s6=0.4)), {"n": 60, "training_images": 10})
    assert (found.value, found.unit, found.settings["largest_tried"]) == (1.0, "x", 3.0)
    assert "training_images" not in found.settings


def test_the_detectable_gain_says_how_and_stands_beside_that_of_real_images():
    one = {25: sets(s2=0.51, m2=0.52, a2=0.5, r2=0.5)}
    about = {recipe: {"n": 60, "training_images": 10, "real_per_class": 25} for recipe in one[25]}
    limit = limited(gains(one)[0], ceilings(one)[0])
    detectable, ceiling = limit_metrics("classic", 25, limit, about)
    assert (detectable.name, detectable.value) == ("downstream/detectable_gain[classic, 25 a class]", 0.06)
    assert detectable.real_vs_real.value == 0.05
    assert detectable.settings["training_set"] == "real+1x"
    assert detectable.real_vs_real.settings["training_set"] == "real+1x real"
    assert {"power", "method", "enough_images", "enough_patients"} <= set(detectable.settings)
    assert ceiling.name == "downstream/ceiling[classic, 25 a class]"
    assert ceiling.value == ceilings(one)[0].change.value
    assert "p_holm" in ceiling.settings
    (alone,) = limit_metrics("classic", 25, limited(gains(one)[0], None, real_gain=None), about)
    assert alone.real_vs_real is None
