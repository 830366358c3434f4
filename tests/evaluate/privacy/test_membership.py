"""The membership test, and the controls without which it means nothing."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from medcurate.errors import UsageError
from medcurate.evaluate.privacy.distances import to_training
from medcurate.evaluate.privacy.membership import Played, blind_chance, membership_metrics


def played(images, synthetic, groups=None):
    return Played(to_training(images, synthetic).first, images, groups)


def found(members, others, synthetic, **more):
    metrics = membership_metrics(played(members, synthetic), played(others, synthetic), rounds=100, halvings=60, **more)
    return {metric.name.removeprefix("privacy/membership_"): metric for metric in metrics}


def test_without_memory_attack_and_controls_are_at_chance(rng):
    members, others, synthetic = (rng.normal(size=(n, 8)) for n in (200, 120, 300))
    metrics = found(members, others, synthetic)
    for name in ("auc", "auc[control: halves]", "auc[control: matched]", "auc[blind]"):
        assert metrics[name].interval[0] <= 0.5 <= metrics[name].interval[1], name
    assert metrics["auc[control: halves]"].value == pytest.approx(0.5, abs=0.02)
    assert metrics["auc"].settings["p_value"] > 0.05
    assert metrics["hits"].value < 0.05
    assert metrics["auc"].n == 320


def test_a_generator_that_repeats_its_training_images_is_found_out_and_its_controls_are_not(rng):
    members, others = rng.normal(size=(200, 8)), rng.normal(size=(120, 8))
    metrics = found(members, others, members + 0.1 * rng.normal(size=members.shape))
    assert metrics["auc"].interval[0] > 0.9
    assert metrics["auc"].settings["p_value"] < 0.02
    assert metrics["hits"].interval[0] > 0.9
    assert metrics["auc[control: halves]"].interval[1] < 0.65
    assert metrics["auc[control: matched]"].interval[1] < 0.65
    assert metrics["auc"].real_vs_real == metrics["auc[control: halves]"]


def test_a_few_repeated_images_show_in_the_hits(rng):
    members, others = rng.normal(size=(200, 8)), rng.normal(size=(200, 8))
    synthetic = np.concatenate([rng.normal(size=(200, 8)), members[:30] + 0.01 * rng.normal(size=(30, 8))])
    metrics = found(members, others, synthetic)
    assert metrics["hits"].value == pytest.approx(0.15, abs=0.05)
    assert metrics["auc"].value < 0.65


def test_others_that_only_look_different_fool_the_attack_and_the_matched_control_says_so(rng):
    """Members and others are of two hospitals; the generator has learned hospital A without any memory of images."""
    members = rng.normal(size=(300, 8))
    members[:, 0] += rng.normal(0, 1.5, 300)
    others = rng.normal(size=(150, 8))
    others[:, 0] += 2.5
    synthetic = rng.normal(size=(400, 8))
    metrics = found(members, others, synthetic)
    assert metrics["auc"].interval[0] > 0.6
    assert metrics["auc[blind]"].interval[0] > 0.6
    assert metrics["auc[control: matched]"].value > metrics["auc[control: halves]"].interval[1]
    assert metrics["auc[control: matched]"].interval[1] > metrics["auc"].interval[0]


def test_the_area_is_scikit_learns(rng):
    members, others, synthetic = (rng.normal(size=(n, 4)) for n in (50, 40, 60))
    near = [to_training(side, synthetic).first for side in (members, others)]
    expected = roc_auc_score(np.r_[np.ones(50), np.zeros(40)], -np.concatenate(near))
    assert found(members, others, synthetic)["auc"].value == pytest.approx(expected)


def test_the_blind_judge_has_not_seen_the_patient(rng):
    """Looks that tell each patient apart, and nothing else, say nothing about a new one."""
    looks = np.repeat(rng.normal(size=(40, 8)), 5, axis=0) + 0.01 * rng.normal(size=(200, 8))
    patients = np.repeat(np.arange(40), 5)
    sides = [Played(np.zeros(100), looks[part], patients[part].tolist()) for part in (slice(0, 100), slice(100, 200))]
    chance = blind_chance(*sides)
    knows = blind_chance(*(Played(side.distance, side.looks) for side in sides))
    target = np.r_[np.zeros(100), np.ones(100)]
    assert roc_auc_score(target, chance) < 0.7
    assert roc_auc_score(target, knows) > roc_auc_score(target, chance) + 0.1


def test_too_few_images_are_not_attacked(rng):
    few, synthetic = rng.normal(size=(19, 4)), rng.normal(size=(30, 4))
    with pytest.raises(UsageError, match="at least 20 images on each side, received 30 members and 19 others"):
        membership_metrics(played(synthetic, synthetic), played(few, synthetic))


def test_the_same_seed_gives_the_same_metrics(rng):
    members, others, synthetic = (rng.normal(size=(n, 4)) for n in (40, 30, 30))
    assert found(members, others, synthetic, seed=5) == found(members, others, synthetic, seed=5)


def test_too_few_patients_are_not_attacked(rng):
    members, others, synthetic = (rng.normal(size=(n, 8)) for n in (60, 40, 50))
    few, many = [f"p{k % 4}" for k in range(40)], [f"q{k}" for k in range(60)]
    with pytest.raises(UsageError, match="at least 5 patients on each side, received 4"):
        membership_metrics(played(members, synthetic, many), played(others, synthetic, few))


def test_five_patients_beside_many_are_judged(rng):
    """Each judge must learn from both sides, though one has hardly more patients than there are judges."""
    for seed in range(10):
        members, others = rng.normal(size=(60, 8)), rng.normal(size=(40, 8)) + 3
        groups = [f"q{k}" for k in range(60)], [f"p{k % 5}" for k in range(40)]
        chance = blind_chance(played(members, members, groups[0]), played(others, members, groups[1]), seed=seed)
        assert chance[60:].min() > chance[:60].max() - 0.5
        assert roc_auc_score(np.arange(100) >= 60, chance) > 0.95
