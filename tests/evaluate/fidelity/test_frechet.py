"""Fréchet distance: against others, against the formula, and where covariances are singular."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.frechet import (
    Moments,
    frechet_distance,
    frechet_of_moments,
    frechet_of_rows,
    frechet_value,
)
from tests.evaluate.fidelity.recorded_features import features


def test_the_recipe_of_the_recorded_numbers_still_gives_the_same_features():
    real, generated = features()
    np.testing.assert_allclose(real[0, :3], [1.4258842, -2.8544457, -0.8963494], rtol=1e-6)
    np.testing.assert_allclose(generated[-1, -2:], [-3.792861, -8.244769], rtol=1e-6)


@pytest.mark.parametrize(
    "peer", [14.873854149246881, 14.87385414924654], ids=["torch-fidelity 0.4.0", "clean-fid 0.1.35"]
)
def test_it_agrees_with(peer):
    assert frechet_value(*features()) == pytest.approx(peer, rel=1e-9)
    assert frechet_of_rows(*features()) == pytest.approx(peer, rel=1e-9)


def test_it_is_the_formula_where_covariances_are_diagonal():
    def side(mean, deviations):
        spread = np.diag(np.square(deviations)) * 99
        return Moments(100, 100 * np.array(mean, float), spread + 100 * np.outer(mean, mean))

    # |m1 - m2|^2 + sum (s1 - s2)^2
    assert frechet_of_moments(side([1, 2], [3, 1]), side([0, 4], [1, 1.5])) == pytest.approx(5 + 4 + 0.25)


def test_fewer_images_than_features_are_no_trouble(rng):
    real, generated = rng.normal(size=(40, 300)), rng.normal(size=(30, 300))
    assert frechet_value(real, real) == pytest.approx(0, abs=1e-9)
    # In an orthonormal frame that holds all rows, nothing changes.
    frame = np.linalg.qr(np.concatenate([real, generated]).T)[0]
    assert frechet_value(real, generated) == pytest.approx(frechet_value(real @ frame, generated @ frame), rel=1e-9)


def test_equal_images_on_a_side_have_no_spread(rng):
    real = rng.normal(size=(50, 4))
    constant = np.tile(real.mean(axis=0), (10, 1))
    assert frechet_value(real, constant) == pytest.approx(real.var(axis=0, ddof=1).sum())
    assert frechet_value(constant, constant + np.array([3, 0, 0, 4])) == pytest.approx(25)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 30), d=st.integers(1, 12))
@settings(deadline=None, max_examples=25)
def test_it_is_symmetric_never_negative_and_blind_to_shifts_and_turns(seed, n, d):
    chance = np.random.default_rng(seed)
    a, b = chance.normal(size=(n, d)), chance.normal(0.5, 2, (n + 3, d))
    turn = np.linalg.qr(chance.normal(size=(d, d)))[0]
    distance = frechet_value(a, b)
    assert distance >= 0
    assert frechet_value(b, a) == pytest.approx(distance, rel=1e-6, abs=1e-7)
    assert frechet_value(a @ turn + 1000, b @ turn + 1000) == pytest.approx(distance, rel=1e-6, abs=1e-7)


def test_the_metric_tells_what_it_rests_on(rng):
    real, generated = rng.normal(size=(120, 5)), rng.normal(0.4, 1, (90, 5))
    found = frechet_distance(real, generated, context=Context(settings={"encoder": "drawn"}))
    assert found.name == "fidelity/frechet_distance"
    assert (found.n, found.better) == (90, "lower")
    assert found.value == pytest.approx(frechet_value(real, generated))
    assert found.interval[0] < found.value < found.interval[1]
    expected = {"encoder": "drawn", "n_real": 120, "n_generated": 90, "features": 5}
    assert expected.items() <= found.settings.items()


def test_what_is_taken_away_is_as_if_it_had_never_been(rng):
    real, generated = rng.normal(50, 1, (40, 6)), rng.normal(51, 1, (40, 6))
    whole, part = Moments.of(real), Moments.of(real[:7])
    rest = Moments.of(real[7:])
    np.testing.assert_allclose((whole - part).covariance, rest.covariance, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose((whole - part).mean, rest.mean)
    assert frechet_distance(real, generated).interval == pytest.approx(
        frechet_distance(real - 50, generated - 50).interval, rel=1e-6
    )


def test_one_row_has_no_covariance(rng):
    with pytest.raises(UsageError, match="two rows or more of one width on both sides"):
        frechet_value(rng.normal(size=(1, 3)), rng.normal(size=(5, 3)))
    with pytest.raises(UsageError, match=r"\(5, 2\)"):
        frechet_value(rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))


def test_with_fewer_rows_than_features_the_rows_give_the_same_distance_and_interval(rng):
    real, generated = rng.normal(size=(40, 90)), rng.normal(0.2, 1.3, (30, 90))
    by_rows = frechet_distance(real, generated)
    assert by_rows.value == pytest.approx(frechet_value(real, generated), rel=1e-9)
    folds = Context().parted(40, 30)
    (x, y), _ = next(folds.halves())
    assert frechet_of_rows(real[x], generated[y]) == pytest.approx(frechet_value(real[x], generated[y]), rel=1e-9)
    assert np.isnan(frechet_of_rows(real[:1], generated))
