"""Vendi score: against its authors' program, and where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.evaluate.fidelity.vendi import vendi_score, vendi_value
from tests.evaluate.fidelity.recorded_features import features


def test_it_agrees_with_vendi_score():
    # vendi-score 0.0.3, score_K and score_dual of the second side, rows scaled to length one
    generated = features()[1]
    assert vendi_value(generated) == pytest.approx(10.268160795382975, rel=1e-7)


@pytest.mark.parametrize("kinds", [1, 3, 8])
def test_it_counts_kinds_that_have_nothing_in_common(kinds):
    assert vendi_value(np.repeat(np.eye(8)[:kinds], 5, axis=0)) == pytest.approx(kinds)


def test_few_images_and_many_features_give_the_same_as_the_other_way_round(rng):
    rows = rng.normal(size=(12, 5))
    wider = rows @ np.linalg.qr(rng.normal(size=(40, 5)))[0].T
    assert vendi_value(wider) == pytest.approx(vendi_value(rows))


def test_an_image_without_any_feature_is_no_trouble():
    assert vendi_value(np.zeros((4, 3))) == 1
    assert vendi_value(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])) == pytest.approx(2)


def test_a_generator_of_few_images_scores_less_than_real_images(rng):
    real = rng.normal(size=(150, 30))
    collapsed = vendi_score(rng.normal(size=(5, 30))[rng.integers(0, 5, 150)])
    varied = vendi_score(real)
    assert collapsed.interval[1] <= 5.1 < varied.interval[0]
    assert (varied.n, varied.better) == (150, "near")
