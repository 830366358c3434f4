from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import Locked, UsageError
from medcurate.phantom.stream import cache as module
from medcurate.phantom.stream.cache import PhantomCache, reduced
from medcurate.phantom.stream.rows import ROW
from medcurate.run_folder import lock


def fake_rows(seed, number):
    """Rows of a head in no time: gray values, labels and areas tell seed and number."""
    rows = np.zeros(3 + number, ROW)
    rows["target"] = 10 * seed + number
    rows["classes"][:, 2] = number % 4
    rows["attributes"][:, 3] = 100 * number
    rows["head"] = number
    return rows


@pytest.fixture
def made(monkeypatch):
    """Heads that were asked for."""
    asked = []

    def rows(seed, number):
        asked.append(number)
        return fake_rows(seed, number)

    monkeypatch.setattr(module, "rows_of_head", rows)
    return asked


def test_heads_become_one_set_of_examples(tmp_path, made):
    cache = PhantomCache(tmp_path, seed=2)
    assert cache.make(3, workers=0, progress=False) == 3
    samples = cache.read(size=64)
    assert samples.columns["target"].shape == (12, 64, 64, 1)
    assert samples.columns["target"].dtype == np.uint8
    assert samples.columns["labels"].shape == (12, 13)
    assert samples.columns["labels"].sum() == 12 * 4
    np.testing.assert_array_equal(samples.columns["target"][:, 0, 0, 0], [20] * 3 + [21] * 4 + [22] * 5)
    np.testing.assert_allclose(samples.columns["attributes"][-1, 3], (200 - 400) / 600)
    assert samples.groups[-1] == "phantom-2-2"
    assert cache.read(2).columns["target"].shape == (7, 128, 128, 1)


def test_an_interrupted_run_makes_only_what_lacks(tmp_path, made):
    cache = PhantomCache(tmp_path)
    cache.make(4, workers=0, progress=False)
    (tmp_path / "heads/000002.npy").unlink()
    (tmp_path / "heads/.0a1b2c3d.tmp").write_bytes(b"torn")
    made.clear()
    assert cache.make(5, workers=0, progress=False) == 2
    assert made == [2, 4]
    assert cache.count() == 5


def test_heads_that_are_there_can_be_read_while_another_process_makes_more(tmp_path, made):
    cache = PhantomCache(tmp_path)
    cache.make(2, workers=0, progress=False)
    with lock(tmp_path):
        assert cache.make(2, workers=0, progress=False) == 0
        assert len(cache.read(2)) == 7
        with pytest.raises(Locked):
            cache.make(3, workers=0, progress=False)


def test_folders_of_another_seed_or_version_are_refused(tmp_path, made, monkeypatch):
    PhantomCache(tmp_path).make(1, workers=0, progress=False)
    with pytest.raises(UsageError, match=r"expected phantoms of .*'seed': 1.* found .*'seed': 0"):
        PhantomCache(tmp_path, seed=1).make(1, workers=0, progress=False)
    monkeypatch.setattr(module, "PHANTOM_VERSION", 99)
    with pytest.raises(UsageError, match="'phantom_version': 99"):
        PhantomCache(tmp_path).read(1)


def test_what_is_not_there_or_damaged_is_named(tmp_path, made):
    cache = PhantomCache(tmp_path)
    cache.make(1, workers=0, progress=False)
    with pytest.raises(UsageError, match=r"000001\.npy"):
        cache.read(2)
    with pytest.raises(UsageError, match="a divisor of it, received 96"):
        cache.read(1, size=96)
    (tmp_path / "heads/000000.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(UsageError, match=r"000000\.npy: expected the slices"):
        cache.read(1)
    with pytest.raises(UsageError, match="expected a folder of phantoms"):
        PhantomCache(tmp_path / "empty").read(1)


def test_pictures_are_reduced_by_averaging_areas():
    picture = np.zeros((1, 4, 4), np.uint8)
    picture[0, :2, :2] = [[0, 100], [100, 200]]
    np.testing.assert_array_equal(reduced(picture, 2), [[[100, 0], [0, 0]]])
