"""Laws of the vote within a series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from medcurate.curate.planes.voting import vote

AXIAL = [0.7, 0.1, 0.1, 0.1]
CORONAL = [0.1, 0.7, 0.1, 0.1]
SURE_CORONAL = [0.01, 0.97, 0.01, 0.01]


def arrays(*rows: list[float]) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64)


@st.composite
def electorates(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    n = draw(st.integers(1, 30))
    weights = np.array(draw(st.lists(st.lists(st.floats(0.001, 1), min_size=4, max_size=4), min_size=n, max_size=n)))
    series = np.array(draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)))
    identity = np.array(draw(st.lists(st.integers(0, 20), min_size=n, max_size=n)))
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    return probabilities[identity % n], series, identity % n


@settings(deadline=None, max_examples=200)
@given(electorates(), st.randoms(use_true_random=False))
def test_vote_is_a_distribution_and_does_not_depend_on_the_order(electorate, random) -> None:
    probabilities, series, identity = electorate
    decided, voted = vote(probabilities, series, identity)
    assert np.allclose(decided.sum(axis=1), 1)
    assert not voted[series < 0].any()
    assert np.array_equal(decided[~voted], probabilities[~voted])
    order = np.array(random.sample(range(len(series)), len(series)))
    shuffled, shuffled_voted = vote(probabilities[order], series[order], identity[order])
    assert np.array_equal(shuffled, decided[order])
    assert np.array_equal(shuffled_voted, voted[order])


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 20), electorates())
def test_vote_of_identical_members_is_the_member(copies: int, electorate) -> None:
    member = electorate[0][:1]
    decided, voted = vote(np.repeat(member, copies, axis=0), np.zeros(copies, int), np.zeros(copies, int))
    assert np.array_equal(decided, np.repeat(member, copies, axis=0))
    assert not voted.any()


def test_members_of_one_series_end_with_one_answer() -> None:
    decided, voted = vote(arrays(AXIAL, AXIAL, AXIAL, CORONAL), np.zeros(4, int), np.arange(4))
    assert voted.all()
    assert (decided == decided[0]).all()
    assert decided[0].argmax() == 0


@pytest.mark.parametrize("n", [2, 5, 20, 200])
def test_neighbors_are_not_counted_as_independent(n: int) -> None:
    decided, _ = vote(np.repeat(arrays(AXIAL), n, axis=0), np.zeros(n, int), np.arange(n))
    independent = 0.7**n / (0.7**n + 3 * 0.1**n)
    assert AXIAL[0] < decided[0, 0] < independent
    assert decided[0, 0] < 0.999


def test_a_localizer_without_headers_does_not_vote() -> None:
    sure_axial, sure_sagittal = [0.97, 0.01, 0.01, 0.01], [0.01, 0.01, 0.97, 0.01]
    planes = arrays(sure_axial, sure_axial, SURE_CORONAL, SURE_CORONAL, sure_sagittal, sure_sagittal)
    decided, voted = vote(planes, np.zeros(6, int), np.arange(6))
    assert not voted.any()
    assert np.array_equal(decided, planes)


def test_slices_without_brain_at_the_ends_follow_their_series() -> None:
    nothing = [0.02, 0.02, 0.02, 0.94]
    sure = [0.97, 0.01, 0.01, 0.01]
    decided, voted = vote(arrays(nothing, *[sure] * 8, nothing), np.zeros(10, int), np.arange(10))
    assert voted.all()
    assert decided[0].argmax() == 0


def test_one_wrong_member_cannot_veto() -> None:
    decided, voted = vote(arrays(*[AXIAL] * 9, [0.0, 1.0, 0.0, 0.0]), np.zeros(10, int), np.arange(10))
    assert voted.all()
    assert decided[-1].argmax() == 0


def test_an_empty_electorate() -> None:
    decided, voted = vote(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0, int))
    assert decided.shape == (0, 4)
    assert voted.shape == (0,)
