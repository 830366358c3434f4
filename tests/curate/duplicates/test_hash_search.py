from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.duplicates import hash_search
from medcurate.curate.duplicates.hash_search import cluster_hashes, nearest
from medcurate.errors import UsageError


def planted(rng, n, copies, flips):
    """Return random hashes whose last `copies` are near to others, and which ones those are."""
    hashes = rng.integers(0, 256, (n, 32), dtype=np.uint8)
    source = rng.choice(n - copies, copies, replace=False)
    hashes[n - copies :] = hashes[source] ^ np.packbits(rng.random((copies, 256)) < flips, axis=1)
    return hashes, source


def test_nearest_is_exact_for_few_hashes(rng):
    base, queries = (rng.integers(0, 256, (n, 32), dtype=np.uint8) for n in (300, 40))
    all_bits = np.bitwise_count(base[None] ^ queries[:, None]).sum(axis=2).astype(int)
    (found,) = nearest(base, queries, k=3, max_distance=256)
    for query in range(40):
        mine = found.query == query
        assert sorted(found.distance[mine]) == sorted(all_bits[query])[:3]
        assert (all_bits[query, found.base[mine]] == found.distance[mine]).all()


def test_nearest_leaves_out_what_is_too_far(rng):
    base = rng.integers(0, 256, (50, 32), dtype=np.uint8)
    (found,) = nearest(base, base, k=5, max_distance=0)
    assert (found.query == found.base).all()
    assert len(found.query) == 50


def test_clusters_of_many_hashes_hold_the_planted_copies(rng, monkeypatch):
    monkeypatch.setattr(hash_search, "_EXACT", 4096)
    hashes, source = planted(rng, 12_000, 600, 0.05)
    label = cluster_hashes(hashes, max_distance=40)
    assert (label[-600:] == label[source]).mean() > 0.98
    assert len(np.unique(label)) >= 11_400


def test_clusters_are_the_same_again(rng, monkeypatch):
    monkeypatch.setattr(hash_search, "_EXACT", 4096)
    hashes, _ = planted(rng, 6_000, 300, 0.1)
    assert (cluster_hashes(hashes, max_distance=50) == cluster_hashes(hashes, max_distance=50)).all()


def test_nothing_among_no_hashes():
    none = np.empty((0, 32), np.uint8)
    assert list(nearest(none, none, k=1, max_distance=10)) == []
    assert len(cluster_hashes(none, max_distance=10)) == 0


def test_hashes_of_other_length_are_an_error(rng):
    with pytest.raises(UsageError, match="equal width"):
        list(nearest(np.zeros((2, 32), np.uint8), np.zeros((2, 16), np.uint8), k=1, max_distance=9))
    with pytest.raises(UsageError, match="k: expected 1"):
        list(nearest(np.zeros((2, 32), np.uint8), np.zeros((2, 32), np.uint8), k=0, max_distance=9))
