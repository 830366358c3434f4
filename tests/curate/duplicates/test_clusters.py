"""Clusters of copies: stars around a kept image, never chains; the same ones in whatever order the rows stand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medcurate.curate.duplicates.clusters import BYTES, KEPT, NEAR, PIXELS, Pairs, find_clusters

NAMES = ("cropped", "flipped", "resized")


def pairs(*found: tuple[int, int, float, int], names: tuple[str, ...] = NAMES) -> Pairs:
    first, second, score, change = (np.array(column) for column in zip(*found, strict=True)) if found else ((),) * 4
    return Pairs(
        np.array(first, np.int64), np.array(second, np.int64), np.array(score, np.float32),
        np.array(change, np.int16), names,
    )  # fmt: skip


def cluster(image, rank, found=(), content=None):
    image = np.array(image, np.uint64)
    content = np.arange(len(image), dtype=np.uint64) if content is None else np.array(content, np.uint64)
    return find_clusters(image, content, np.array(rank, np.int64), pairs(*found))


@st.composite
def graphs(draw):
    """Draw rows with equal pixels among them, an order of them, and pairs that were confirmed."""
    n = draw(st.integers(1, 12))
    image = draw(st.lists(st.integers(0, 7), min_size=n, max_size=n))
    content = [10 * value + draw(st.integers(0, 1)) for value in image]
    rank = draw(st.permutations(range(n)))
    rows = st.integers(0, n - 1)
    found = draw(st.lists(st.tuples(rows, rows, st.sampled_from((0.5, 0.75, 1.0)), st.integers(0, 2)), max_size=20))
    return image, content, rank, found


# ------------------------------------------------------------------------------------------------------------- examples


def test_a_chain_of_look_alikes_is_no_cluster():
    # 0 - 1 - 2 - 3: the best takes 1; 2 was not confirmed against 0, so it is kept and takes 3
    result = cluster([0, 1, 2, 3], [0, 1, 2, 3], [(0, 1, 0.9, 2), (1, 2, 0.9, 2), (2, 3, 0.9, 2)])
    assert result.keeper.tolist() == [0, 0, 2, 2]


def test_the_middle_of_a_chain_takes_both_ends_if_it_is_the_best():
    result = cluster([0, 1, 2], [1, 0, 2], [(0, 1, 0.9, 0), (2, 1, 0.8, 1)])
    assert result.keeper.tolist() == [1, 1, 1]
    assert [result.names[code] for code in result.change[[0, 2]]] == ["cropped", "flipped"]
    assert result.score.tolist() == pytest.approx([0.9, 1.0, 0.8])


def test_equal_images_are_one_and_the_best_of_them_is_confirmed_for_all():
    result = cluster([7, 7, 8, 8, 8], [3, 2, 1, 4, 0], [(0, 3, 0.9, 2)], content=[1, 2, 3, 4, 3])
    assert result.keeper.tolist() == [4] * 5
    assert result.kind.tolist() == [PIXELS, NEAR, BYTES, PIXELS, KEPT]
    assert result.change.tolist() == [2, 2, -1, -1, -1]
    assert result.score[:2].tolist() == pytest.approx([0.9, 0.9])
    assert result.score[2:].tolist() == [1, 1, 1]


def test_the_surest_of_several_pairs_counts_and_the_word_decides_a_tie():
    for names in (("a", "b"), ("b", "a")):
        found = pairs((0, 1, 0.5, 0), (1, 0, 0.75, 0), (0, 1, 0.75, 1), names=names)
        result = find_clusters(np.arange(2, dtype=np.uint64), np.arange(2, dtype=np.uint64), np.arange(2), found)
        assert (result.score[1], result.names[result.change[1]]) == (0.75, "a")


def test_a_row_without_copies_is_kept_and_alone():
    result = cluster([1, 2, 2], [0, 1, 2])
    assert result.is_shared.tolist() == [False, True, True]
    assert result.kind.tolist() == [KEPT, KEPT, PIXELS]


def test_nothing_at_all():
    result = cluster([], [])
    assert len(result.keeper) == len(result.kind) == len(result.is_shared) == 0


def test_equal_ranks_are_an_error():
    with pytest.raises(ValueError, match="rank: expected a unique rank"):
        cluster([1, 2], [0, 0])


def test_pairs_are_renumbered():
    found = pairs((3, 2, 0.75, 1), (0, 2, 0.5, 0)).at(np.array([0, 2, 3]))
    assert (found.first.tolist(), found.second.tolist(), found.change.tolist()) == ([2, 0], [1, 1], [1, 0])


# ----------------------------------------------------------------------------------------------------------- properties


@settings(deadline=None)
@given(graphs())
def test_every_member_was_confirmed_against_the_kept_image(graph):
    image, content, rank, found = graph
    result = cluster(image, rank, found, content)
    confirmed = {frozenset((image[a], image[b])) for a, b, _, _ in found}
    for row, keeper in enumerate(result.keeper.tolist()):
        assert result.keeper[keeper] == keeper
        assert image[row] == image[keeper] or frozenset((image[row], image[keeper])) in confirmed
        assert rank[keeper] <= rank[row]


@settings(deadline=None)
@given(graphs())
def test_no_two_kept_images_are_copies(graph):
    image, content, rank, found = graph
    kept = set(cluster(image, rank, found, content).keeper.tolist())
    assert len({image[row] for row in kept}) == len(kept)
    for a, b, _, _ in found:
        if image[a] != image[b]:
            assert not ({image[row] for row in kept} >= {image[a], image[b]})


@settings(deadline=None)
@given(graphs())
def test_the_kinds_count_every_row_once(graph):
    image, content, rank, found = graph
    result = cluster(image, rank, found, content)
    kind = np.bincount(result.kind, minlength=4)
    assert kind[KEPT] == len(set(result.keeper.tolist()))
    assert kind[KEPT] + kind[NEAR] == len(set(image))
    assert kind[PIXELS] == len(set(content)) - len(set(image))
    assert kind[BYTES] == len(content) - len(set(content))
    assert ((result.change >= 0) == (np.array(image) != np.array(image)[result.keeper])).all()


@settings(deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_pairs_does_not_matter(graph, random):
    image, content, rank, found = graph
    expected = cluster(image, rank, found, content)
    order = list(range(len(image)))
    random.shuffle(order)
    place = {row: at for at, row in enumerate(order)}
    moved = [(place[b], place[a], score, change) for a, b, score, change in found]
    random.shuffle(moved)
    result = cluster([image[r] for r in order], [rank[r] for r in order], moved, [content[r] for r in order])
    assert [order[row] for row in result.keeper] == expected.keeper[order].tolist()
    for name in ("kind", "score", "change"):
        assert getattr(result, name).tolist() == getattr(expected, name)[order].tolist()


def test_many_pairs_are_clustered(rng):
    n = 50_000
    first = rng.integers(0, n, 200_000)
    found = Pairs(first, (first + 1) % n, np.ones(len(first), np.float32), np.zeros(len(first), np.int16), ("resized",))
    result = find_clusters(np.arange(n, dtype=np.uint64), np.arange(n, dtype=np.uint64), rng.permutation(n), found)
    assert (np.abs(result.keeper - np.arange(n)) % (n - 1) <= 1).all()
