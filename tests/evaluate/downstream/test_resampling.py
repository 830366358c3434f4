"""Drawing again: whole groups, trainings, intervals and tests that say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.evaluate.downstream.resampling import draw_again, holm, interval, p_value
from medcurate.evaluate.downstream.scores import confusions, scores


def test_holm_gives_what_statsmodels_gives():
    # statsmodels 0.15.0, multitest.multipletests(method="holm")
    p = [0.011, 0.2, 0.004, 0.04, 0.039, 0.9, 0.012]
    np.testing.assert_allclose(holm(p), [0.066, 0.4, 0.028, 0.156, 0.156, 0.9, 0.066], rtol=1e-12)
    assert holm([]) == []


@settings(deadline=None)
@given(st.lists(st.floats(0.0001, 1.0), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_only_raises(p):
    corrected = np.array(holm(p))
    assert (corrected >= np.array(p) - 1e-12).all()
    assert (corrected <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()


def test_draws_are_as_many_groups_and_trainings_as_there_are():
    draws = draw_again(9, 4, rounds=50, seed=1)
    assert (draws.groups.sum(axis=1) == 9).all()
    np.testing.assert_allclose(draws.repeats.sum(axis=1), 1)
    assert len(np.unique(draws.groups, axis=0)) > 40
    np.testing.assert_array_equal(draws.groups, draw_again(9, 4, rounds=50, seed=1).groups)


def test_drawn_scores_are_those_of_the_drawn_images(rng):
    truth, groups = rng.integers(0, 3, 60), rng.integers(0, 12, 60)
    groups[:12] = np.arange(12)
    probabilities = rng.dirichlet(np.ones(3), (2, 60))
    draws = draw_again(12, 2, rounds=300, seed=2)
    found = draws.mean(scores(draws.confusions(confusions(truth, probabilities, groups))).overall["accuracy"])
    right = probabilities.argmax(axis=2) == truth
    for number in (0, 255, 256, 299):
        rows = np.repeat(np.arange(60), draws.groups[number, groups].astype(int))
        slowly = (right[:, rows].mean(axis=1) * draws.repeats[number]).sum()
        np.testing.assert_allclose(found[number], slowly)


def test_images_of_a_patient_that_are_right_or_wrong_together_widen_the_interval(rng):
    truth = np.zeros(200, np.int64)
    right = np.repeat(rng.random(20) < 0.5, 10)
    said = np.stack([right, ~right], axis=1)[None].astype(float)

    def width(groups):
        draws = draw_again(int(groups.max()) + 1, 1, rounds=500, seed=0)
        low, high = interval(scores(draws.confusions(confusions(truth, said, groups))).overall["accuracy"][:, 0])
        return high - low

    assert width(np.arange(200) // 10) > 2 * width(np.arange(200))


def test_trainings_that_differ_widen_the_interval():
    truth = np.zeros(100, np.int64)
    said = np.zeros((6, 100, 2))
    for repeat, wrong in enumerate((0, 10, 20, 30, 40, 50)):
        said[repeat, :, 0], said[repeat, :wrong, 1] = 0.5, 1
    draws = draw_again(100, 6, rounds=500, seed=0)
    low, high = interval(
        draws.mean(scores(draws.confusions(confusions(truth, said, np.arange(100)))).overall["accuracy"])
    )
    alone = draw_again(100, 1, rounds=500, seed=0)
    one = scores(alone.confusions(confusions(truth, said[2:3], np.arange(100)))).overall["accuracy"][:, 0]
    assert high - low > 1.2 * (np.quantile(one, 0.975) - np.quantile(one, 0.025))


@pytest.mark.parametrize(("shift", "significant"), [(0.0, False), (1.5, False), (2.5, True), (-2.5, True)])
def test_p_is_small_where_the_interval_leaves_out_zero(rng, shift, significant):
    drawn = rng.normal(shift, 1, 4001)
    low, high = interval(drawn)
    assert (low > 0 or high < 0) == significant
    assert (p_value(drawn) < 0.05) == significant


def test_no_difference_at_all_is_no_evidence():
    assert p_value(np.zeros(100)) == 1


def test_an_interval_of_values_that_are_mostly_unknown_is_unknown():
    assert np.isnan(interval(np.array([1.0, np.nan, np.nan]))).all()
    assert interval(np.array([1.0, 1.0, np.nan])) == (1.0, 1.0)
