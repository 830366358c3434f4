from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.patients.slice_linkage import Likeness, link

PROPERTY = settings(deadline=None, max_examples=50)


def likeness(*pairs):
    a, b, similarity = zip(*pairs, strict=True) if pairs else ((), (), ())
    return Likeness(np.array(a, np.int64), np.array(b, np.int64), np.array(similarity, np.float32))


def groups(pairs, n, *, known=(), stacks=None, group=None, image=None, **options):
    """Return the number of each row's group after linking."""
    start = np.arange(n) if group is None else np.array(group)
    stack = np.zeros(n, np.uint64) if stacks is None else np.array(stacks, np.uint64)
    image = np.arange(n, dtype=np.uint64) if image is None else image
    ties = link(likeness(*pairs), start, stack, image, np.isin(np.arange(n), list(known)), **options)
    owner = {row: set(np.flatnonzero(start == start[row]).tolist()) for row in range(n)}
    for a, b in zip(*(ends.tolist() for ends in ties), strict=True):
        joined = owner[a] | owner[b]
        for row in joined:
            owner[row] = joined
    return [min(owner[row]) for row in range(n)]


def head(first, n, near=0.9, next_but_one=0.7):
    """Return the pairs of n slices one after the other."""
    one = [(first + at, first + at + 1, near) for at in range(n - 1)]
    return one + [(first + at, first + at + 2, next_but_one) for at in range(n - 2)]


def test_slices_of_one_head_become_one_group():
    assert groups(head(0, 12), 12) == [0] * 12


def test_one_look_alike_does_not_unite_two_heads():
    assert groups([*head(0, 8), *head(8, 8), (3, 11, 0.8)], 16) == [0] * 8 + [8] * 8


def test_a_slice_between_is_found_by_one_pair():
    assert groups([*head(0, 8), (7, 8, 0.8)], 9) == [0] * 9


def test_heads_taken_alike_stay_apart_as_each_slice_has_nearer_neighbors():
    """Ten heads on one scanner: at one position all look alike, but less than neighbors within a head do."""
    pairs = [pair for first in range(0, 100, 10) for pair in head(first, 10)]
    pairs += [(10 * one + at, 10 * other + at, 0.65) for at in range(2, 8) for one in range(10) for other in range(one)]
    assert groups(pairs, 100) == [row - row % 10 for row in range(100)]


def test_planes_and_sizes_do_not_mix():
    assert groups([(0, 1, 0.99)], 2, stacks=[1, 2]) == [0, 1]


def test_two_known_patients_stay_apart_even_through_a_third_slice():
    assert groups([(0, 1, 0.99)], 2, known=[0, 1]) == [0, 1]
    assert groups([(0, 1, 0.99), (1, 2, 0.98)], 3, known=[0, 2]) == [0, 0, 2]


def test_what_is_little_alike_is_not_looked_at():
    assert groups([(0, 1, 0.3)], 2) == [0, 1]
    assert groups([(0, 1, 0.3)], 2, min_similarity=0.2) == [0, 0]


def test_a_group_without_known_patient_does_not_outgrow_a_stack():
    sizes = groups([*head(0, 700)], 700)
    assert np.unique(sizes, return_counts=True)[1].max() <= 500


def test_no_pairs_no_ties():
    assert groups([], 3) == [0, 1, 2]


@PROPERTY
@given(st.data())
def test_the_order_of_rows_and_pairs_makes_no_difference(data):
    n = data.draw(st.integers(2, 15))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.sampled_from([0.5, 0.6, 0.7, 0.8]))
    unique = {tuple(sorted(pair[:2])): pair for pair in data.draw(st.lists(ends, max_size=40))}
    pairs = list(unique.values())
    known = data.draw(st.sets(st.integers(0, n - 1)))
    here = groups(pairs, n, known=known)
    order = data.draw(st.permutations(range(n)))  # row r becomes row order[r]
    moved = [(order[b], order[a], similarity) for a, b, similarity in data.draw(st.permutations(pairs))]
    image = np.argsort(np.array(order)).astype(np.uint64)
    there = groups(moved, n, known=[order[row] for row in known], image=image)
    same = [[here[a] == here[b] for a in range(n)] for b in range(n)]
    assert same == [[there[order[a]] == there[order[b]] for a in range(n)] for b in range(n)]
