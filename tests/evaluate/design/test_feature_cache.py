"""Features are encoded once per run, and once for all runs where a journal keeps them."""

from __future__ import annotations

import numpy as np

from medcurate.evaluate.design.feature_cache import FeatureCache
from medcurate.journal.store import Journal


class Encode:
    """Counts how often it is asked."""

    def __init__(self, value=1.0):
        self.value, self.times = value, 0

    def __call__(self):
        self.times += 1
        return np.full((3, 2), self.value, np.float32)


def test_features_are_encoded_once_per_dependency():
    cache, encode = FeatureCache(), Encode()
    for size in (16, 16, 32):
        assert cache.get(encode, size=size).shape == (3, 2)
    assert encode.times == 2


def test_the_next_run_finds_them(tmp_path):
    encode = Encode(7.5)
    for _ in range(2):
        with Journal(tmp_path / "features.journal", "1") as journal:
            found = FeatureCache(journal).get(encode, encoder="a", size=16)
        np.testing.assert_array_equal(found, np.full((3, 2), 7.5, np.float32))
        assert found.dtype == np.float32
    assert encode.times == 1


def test_another_version_encodes_anew(tmp_path):
    encode = Encode()
    for version in ("1", "2"):
        with Journal(tmp_path / "features.journal", version) as journal:
            FeatureCache(journal).get(encode, size=16)
    assert encode.times == 2


def test_what_this_run_does_not_ask_for_goes_once_something_new_comes(tmp_path):
    path, encode = tmp_path / "features.journal", Encode()
    for seed in (0, 1):
        with Journal(path, "1") as journal:
            cache = FeatureCache(journal)
            cache.get(encode, seed=seed, encoder="a")
            cache.get(encode, seed=seed, encoder="b")
            assert len(journal) == 2
    assert encode.times == 4
