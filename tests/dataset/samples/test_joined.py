"""Joined sets hold the rows that were chosen, one set after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.dataset.samples import SampleSet
from medcurate.dataset.samples.joined import JoinedSamples

ROWS = st.lists(st.integers(0, 4), max_size=6)


def samples(start, **more):
    return SampleSet({"target": np.arange(start, start + 5).reshape(5, 1, 1, 1), **more})


@settings(deadline=None, max_examples=40)
@given(ROWS, ROWS, st.lists(st.integers(0, 30), min_size=1, max_size=5))
def test_rows_are_those_of_a_concatenation(first, second, asked):
    joined = JoinedSamples([(samples(0), first), (samples(10), second)])
    whole = [*first, *(10 + row for row in second)]
    assert len(joined) == len(whole)
    if whole:
        rows = np.array([place % len(whole) for place in asked])
        assert joined.columns["target"][rows].ravel().tolist() == [whole[row] for row in rows]


def test_columns_are_those_that_all_have():
    joined = JoinedSamples([(samples(0, labels=np.zeros((5, 2))), [0]), (samples(1), [0])])
    assert set(joined.columns) == {"target"}
    with pytest.raises(ValueError, match="one or more sets"):
        JoinedSamples([])
