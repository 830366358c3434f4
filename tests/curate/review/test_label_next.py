"""The choice of images to label is doubtful, different, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.review.label_next import POOL, choose, doubt, shortlist


def test_doubt_is_one_minus_the_margin() -> None:
    assert doubt(np.array([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4, [0.1, 0.2, 0.6, 0.1]])) == pytest.approx(
        [0, 1, 1, 0.6]
    )


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 40), st.integers(0, 30), st.integers(0, 5), st.integers(0, 9))
def test_choice_has_n_different_rows_and_is_deterministic(rows: int, n: int, values: int, seed: int) -> None:
    features = np.random.default_rng(seed).integers(0, values + 1, (rows, 6)).astype(np.float32)
    doubts = np.random.default_rng(seed + 1).random(rows)
    chosen = choose(features, doubts, n, seed)
    assert len(chosen) == min(n, rows)
    assert len(set(chosen.tolist())) == len(chosen)
    assert np.array_equal(chosen, choose(features, doubts, n, seed))


def test_choice_covers_the_clusters(rng: np.random.Generator) -> None:
    centers = rng.normal(size=(6, 40)) * 10
    cluster = np.repeat(np.arange(6), [50, 50, 5, 5, 2, 1])
    features = centers[cluster] + rng.normal(size=(len(cluster), 40)) * 0.1
    chosen = choose(features, np.ones(len(cluster)), 6, 0)
    assert set(cluster[chosen]) == set(range(6))


def test_choice_prefers_the_doubtful(rng: np.random.Generator) -> None:
    features = rng.normal(size=(200, 8))
    doubts = np.where(np.arange(200) < 100, 1.0, 0.0)
    assert (choose(features, doubts, 20, 0) < 100).mean() > 0.9


def test_shortlist_takes_the_most_doubtful_one_a_series_and_one_of_copies() -> None:
    doubts = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    candidate = np.array([True, True, False, True, True, True])
    series = np.array([-1, 5, -1, 5, -1, -1])
    identity = np.array([0, 1, 2, 3, 0, 4])
    rows = shortlist(doubts, candidate, series, identity, np.arange(6, dtype=np.uint64), 3)
    assert rows.tolist() == [0, 1, 5]


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 60), st.integers(1, 3), st.randoms(use_true_random=False))
def test_shortlist_does_not_depend_on_the_order(rows: int, n: int, random) -> None:
    rng = np.random.default_rng(rows)
    doubts, series = rng.integers(0, 4, rows) / 4, rng.integers(-1, 5, rows)
    ids = rng.permutation(rows).astype(np.uint64)
    picked = shortlist(doubts, np.ones(rows, bool), series, np.arange(rows), ids, n)
    assert len(picked) <= POOL * n
    order = np.array(random.sample(range(rows), rows))
    again = shortlist(doubts[order], np.ones(rows, bool), series[order], np.arange(rows), ids[order], n)
    assert np.array_equal(ids[picked], ids[order][again])
