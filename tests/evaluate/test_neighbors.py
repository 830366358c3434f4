"""Neighbors are those of a full table of distances in double precision, however the features lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from medcurate.errors import UsageError
from medcurate.evaluate import neighbors
from medcurate.evaluate.neighbors import kth_distances, nearest, within


def expected(queries, base, k, *, skip_self=False):
    table = cdist(queries, base)
    if skip_self:
        np.fill_diagonal(table, np.inf)
    rows = np.argsort(table, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(table, rows, 1), rows


@pytest.mark.parametrize("width", [1, 3, 40, 600])
def test_neighbors_are_those_of_the_full_table(width, rng):
    queries, base = rng.normal(size=(70, width)), rng.normal(1, 2, (90, width))
    distances, rows = nearest(queries, base, 6)
    wanted, wanted_rows = expected(queries, base, 6)
    np.testing.assert_allclose(distances, wanted, rtol=1e-12)
    np.testing.assert_array_equal(rows, wanted_rows)


def test_a_row_is_no_neighbor_of_itself_but_its_copy_is(rng):
    points = rng.normal(size=(40, 5))
    points[7] = points[31]
    distances, rows = nearest(points, points, 2, skip_self=True)
    assert (rows != np.arange(40)[:, None]).all()
    assert (distances[7, 0], rows[7, 0]) == (0, 31)
    np.testing.assert_allclose(kth_distances(points, 2), distances[:, 1])


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("spread", [1e-5, 1e-3])
def test_tight_clusters_far_apart_and_far_from_the_origin_lose_no_digits(offset, spread, rng):
    centers = rng.normal(0, 100, (3, 8)) + offset
    points = np.repeat(centers, 30, axis=0) + rng.normal(0, spread, (90, 8))
    distances, rows = nearest(points, points, 4, skip_self=True)
    wanted, wanted_rows = expected(points, points, 4, skip_self=True)
    np.testing.assert_allclose(distances, wanted, rtol=1e-9)
    np.testing.assert_array_equal(rows, wanted_rows)
    radii = wanted[:, -1] * (1 + 1e-9)
    held, holds = within(points, radii, points)
    inside = cdist(points, points) <= radii[:, None]
    np.testing.assert_array_equal(held, inside.sum(axis=0))
    np.testing.assert_array_equal(holds, inside.sum(axis=1))


@pytest.mark.parametrize("spread", [1.0, 1e-6])
def test_the_kth_neighbor_is_always_within_the_kth_distance(spread, rng):
    points = np.repeat(rng.normal(0, 10, (4, 50)), 25, axis=0) + rng.normal(0, spread, (100, 50))
    _, holds = within(points, kth_distances(points, 5), points)
    np.testing.assert_array_equal(holds, 6)


def test_many_equal_rows_are_no_trouble():
    points = np.zeros((60, 4), np.float32)
    distances, rows = nearest(points, points, 3, skip_self=True)
    assert not distances.any()
    np.testing.assert_array_equal(rows[0], [1, 2, 3])
    np.testing.assert_array_equal(rows[2], [0, 1, 3])
    held, holds = within(points, np.zeros(60), points)
    assert set(held) == set(holds) == {60}


def test_blocks_give_what_one_block_gives(rng, monkeypatch):
    queries, base = rng.normal(size=(50, 6)), rng.normal(size=(61, 6))
    radii = kth_distances(base, 3)
    whole = nearest(queries, base, 4), within(base, radii, queries)
    for name in ("_ROWS", "_COLUMNS", "_PAIRS"):
        monkeypatch.setattr(neighbors, name, 7)
    parts = nearest(queries, base, 4), within(base, radii, queries)
    for one, other in zip(whole, parts, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(2, 40), m=st.integers(1, 40), scale=st.sampled_from([0.5, 1, 1024])
)
@settings(deadline=None, max_examples=30)
def test_balls_hold_what_the_full_table_says(seed, n, m, scale):
    chance = np.random.default_rng(seed)
    # Whole numbers, so that many points lie just on the border of a ball.
    centers, points = (chance.integers(-3, 4, (size, 3)) * scale for size in (n, m))
    radii = chance.integers(0, 5, n) * scale
    inside = cdist(centers, points) <= radii[:, None]
    held, holds = within(centers, radii, points)
    np.testing.assert_array_equal(held, inside.sum(axis=0))
    np.testing.assert_array_equal(holds, inside.sum(axis=1))


def test_what_does_not_fit_is_refused(rng):
    points = rng.normal(size=(5, 2))
    with pytest.raises(UsageError, match="k: expected 1 to 4"):
        kth_distances(points, 5)
    with pytest.raises(UsageError, match="of one width"):
        nearest(points, rng.normal(size=(5, 3)), 1)
    with pytest.raises(UsageError, match="the same rows twice, received 4 and 5"):
        nearest(points[:4], points, 1, skip_self=True)
    with pytest.raises(UsageError, match=r"radii \(n,\)"):
        within(points, np.ones(4), points)
    with pytest.raises(UsageError, match=r"shape \(n, d\), received \(5,\)"):
        nearest(points[:, 0], points, 1)
    points[3, 1] = np.nan
    with pytest.raises(UsageError, match="finite"):
        kth_distances(points, 1)
