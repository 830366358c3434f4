"""Power: against McNemar's closed form, against experiments that are really done, and where nothing can be told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from medcurate.evaluate.downstream.power import (
    POWER,
    Change,
    Spread,
    detectable_gain,
    groups_enough,
)
from medcurate.evaluate.downstream.resampling import draw_again, interval, p_value
from medcurate.evaluate.downstream.scores import confusions, scores


def answers(right):
    """Make probabilities of two classes, shape (repeats, n, 2), for images of classes 0, 1, 0, 1, ..."""
    truth = np.arange(right.shape[1]) % 2
    said = np.where(right, truth, 1 - truth)
    return truth, np.eye(2)[said]


def outcomes(rng, groups, repeats, *, gain=0.0, size=1, patients=0.0, trainings=0.0):
    """Draw two classifiers that answer the same images: right with probability 0.6, and 0.6 + gain on average.

    They answer one image in five apart from each other, and so does each training.
    """
    n = groups * size
    patient, training = rng.normal(0, patients, (groups, 1)), rng.normal(0, trainings, (2, repeats, 1))
    common, own = rng.random(n), rng.random((2, repeats, n))
    level = np.where(rng.random((2, repeats, n)) < 0.2, own, common)
    before = level[0] < 0.6 + training[0]
    after = level[1] < 0.6 + training[1] + np.repeat(patient, size)
    # Images that nearly all trainings answer wrongly become right in all of them.
    after |= common > 1 - gain / (1 - 0.2 * 0.6)
    return before, after, np.repeat(np.arange(groups), size)


def detectable(change, *, level=0.05, rounds=1000):
    draws = draw_again(len(change.by_group), 1, rounds=rounds, seed=1)
    return detectable_gain(change, draws.groups, level=level, seed=0)


def compared(before, after, groups):
    truth, said = answers(before)
    return Change.between(truth, said, answers(after)[1], groups)


def test_the_influences_are_the_change_of_the_balanced_accuracy(rng):
    before, after, groups = outcomes(rng, 40, 3, gain=0.1, size=3)
    change = compared(before, after, groups)
    truth, said = answers(before)
    both = [scores(confusions(truth, one, groups).sum(axis=0)).overall["balanced_accuracy"] for one in
            (said, answers(after)[1])]  # fmt: skip
    np.testing.assert_allclose(change.by_group.mean(axis=0), both[1] - both[0])
    assert change.effective == pytest.approx(120)


def test_rare_classes_leave_fewer_effective_images():
    truth = np.array([0] * 90 + [1] * 10)
    said = np.eye(2)[truth][None]
    change = Change.between(truth, said, said, np.arange(100))
    assert change.effective == pytest.approx(4 / (1 / 90 + 1 / 10))


@pytest.mark.parametrize("level", [0.05, 0.0025])
def test_it_is_mcnemars_closed_form_where_images_are_independent(level, rng):
    # Connor (1987): g sqrt(n) = z_a sqrt(psi) + z_b sqrt(psi - g^2), with psi the share that is answered differently:
    # the share without a gain, and the gain.
    n, psi = 2000, 0.24
    order = rng.permutation(n)
    before, after = np.ones((1, n), bool), np.ones((1, n), bool)
    before[0, order[: int(n * psi / 2)]] = False
    after[0, order[int(n * psi / 2) : int(n * psi)]] = False
    found = detectable(compared(before, after, np.arange(n)), level=level, rounds=4000)
    closed = 0.0
    for _ in range(50):
        all_ = psi + closed
        closed = (norm.isf(level / 2) * all_**0.5 + norm.ppf(POWER) * (all_ - closed**2) ** 0.5) / n**0.5
    assert found == pytest.approx(closed, rel=0.03)


def test_images_of_one_patient_count_as_little_as_they_tell(rng):
    before, after, groups = outcomes(rng, 200, 1)
    alone = detectable(compared(before, after, groups))
    truth, said = (np.repeat(one, 4, axis=-1 if one.ndim == 1 else 1) for one in answers(before))
    copied = Change.between(truth, said, np.repeat(answers(after)[1], 4, axis=1), np.repeat(groups, 4))
    assert detectable(copied) == pytest.approx(alone, rel=0.2)


@pytest.mark.parametrize(
    ("repeats", "trainings", "size", "patients"), [(4, 0.0, 1, 0.0), (6, 0.04, 1, 0.0), (4, 0.02, 4, 0.1)]
)
def test_of_experiments_that_are_really_done_the_stated_share_finds_the_stated_gain(repeats, trainings, size, patients):
    rng = np.random.default_rng(3)
    kind = {"size": size, "trainings": trainings, "patients": patients}
    stated = [detectable(compared(*outcomes(rng, 120, repeats, **kind))) for _ in range(9)]
    gain, found = float(np.median(stated)), 0
    for experiment in range(100):
        before, after, groups = outcomes(rng, 120, repeats, gain=gain, **kind)
        change = compared(before, after, groups).by_group
        draws = draw_again(120, repeats, rounds=400, seed=experiment)
        again = draws.mean(draws.groups.astype(float) @ change / draws.groups.sum(axis=1, keepdims=True))
        found += p_value(again) < 0.05 and change.mean() > 0
    assert 70 <= found <= 94


def test_the_closed_variance_is_that_of_the_bootstrap_which_is_used(rng):
    before, after, groups = outcomes(rng, 60, 5, trainings=0.05)
    change = compared(before, after, groups).by_group
    draws = draw_again(60, 5, rounds=20_000, seed=0)
    again = draws.mean(draws.groups.astype(float) @ change / 60)
    rows, columns = change.mean(axis=1), change.mean(axis=0)
    left = change - rows[:, None] - columns + change.mean()
    closed = rows.var() / 60 + columns.var() / 5 + np.square(left).sum() / 300**2
    assert again.var() == pytest.approx(closed, rel=0.05)
    low, high = interval(again)
    assert (high - low) / 2 == pytest.approx(1.96 * closed**0.5, rel=0.06)


def test_variance_components_are_found_again():
    rng = np.random.default_rng(1)
    drawn = [
        Spread.of(rng.normal(0, 2, (80, 1)) + rng.normal(0, 1, (1, 6)) + rng.normal(0, 3, (80, 6))) for _ in range(200)
    ]
    means = [np.mean([getattr(one, name) for one in drawn]) for name in ("groups", "trainings", "both")]
    np.testing.assert_allclose(means, [4, 1, 9], rtol=0.1)


def test_equal_answers_do_not_seem_to_show_that_there_is_no_gain(rng):
    before, _, groups = outcomes(rng, 30, 2)
    found = detectable(compared(before, before, groups))
    # g sqrt(n) = (z_a + z_b) sqrt(g - g^2): six of thirty images.
    assert found == pytest.approx(2.8**2 / (30 + 2.8**2), rel=0.05)


def test_so_many_patients_are_enough_as_a_simulation_with_so_many_confirms():
    rng = np.random.default_rng(4)
    few = compared(*outcomes(rng, 150, 8, trainings=0.01))
    enough = groups_enough(few, 0.04, level=0.05)
    assert enough > 150
    many = compared(*outcomes(rng, enough, 8, trainings=0.01))
    assert detectable(many) == pytest.approx(0.04, rel=0.25)


def test_where_trainings_differ_too_much_no_number_of_patients_is_enough(rng):
    change = compared(*outcomes(rng, 300, 3, trainings=0.2))
    assert groups_enough(change, 0.01, level=0.05) is None
    assert groups_enough(change, -0.01, level=0.05) is None
