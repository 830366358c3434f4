"""Chance as a function of seed, stream and position."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.learning.random_inputs import GRID, SAMPLING, TRAINING, RandomInput, draw, draw_images, generator_at

NEEDS = {"latent": RandomInput((5,)), "corner": RandomInput((2, 1), "uniform")}
numbers = st.integers(0, 2**40)


@settings(deadline=None)
@given(seed=numbers, first=st.integers(0, 1000), lead=st.integers(0, 20), n=st.integers(1, 8))
def test_what_an_image_needs_depends_on_seed_and_number_alone(seed, first, lead, n):
    alone = draw_images(seed, first + lead, n, NEEDS)
    among = draw_images(seed, first, lead + n + 3, NEEDS)
    for name in NEEDS:
        np.testing.assert_array_equal(alone[name], among[name][lead : lead + n])


@settings(deadline=None)
@given(seed=numbers, position=numbers)
def test_streams_seeds_and_positions_share_nothing(seed, position):
    def first(*key):
        return generator_at(*key).random()

    keys = [(seed, s, position) for s in (TRAINING, SAMPLING, GRID)]
    keys += [(seed + 1, TRAINING, position), (seed, TRAINING, position + 1)]
    assert len({first(*key) for key in keys}) == len(keys)


def test_names_do_not_depend_on_their_order():
    wanted = {"b": RandomInput((2,)), "a": RandomInput((3,), "uniform")}
    one, other = (draw(generator_at(1, 0, 0), dict(items), 4) for items in (wanted.items(), reversed(wanted.items())))
    for name in wanted:
        np.testing.assert_array_equal(one[name], other[name])


def test_dropout_keeps_its_share_and_the_mean():
    kept = draw(generator_at(1, 0, 0), {"keep": RandomInput((100, 100), "dropout_mask", 0.4)}, 5)["keep"]
    assert set(np.unique(kept).tolist()) == {0.0, float(np.float32(1) / np.float32(0.6))}
    assert abs((kept > 0).mean() - 0.6) < 0.01  # 50,000 numbers: four standard deviations
    assert abs(kept.mean() - 1) < 0.015


def test_no_images_need_no_numbers():
    assert draw_images(0, 0, 0, NEEDS)["latent"].shape == (0, 5)


def test_a_ratio_of_gamma_variables_follows_its_distribution():
    from scipy import stats

    found = draw(np.random.default_rng(2), {"x": RandomInput((4,), "gamma_ratio", shapes=(3.0, 5.0))}, 1000)["x"]
    assert found.dtype == np.float32
    assert stats.kstest(found.ravel(), stats.betaprime(3, 5).cdf).pvalue > 0.01
