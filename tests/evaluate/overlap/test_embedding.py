from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from medcurate.errors import MissingExtra, UsageError
from medcurate.evaluate.neighbors import nearest
from medcurate.evaluate.overlap import embedding
from medcurate.evaluate.overlap.embedding import embed


def laid_out(features, *, seed=0, neighbors=10):
    near = nearest(features, features, min(40, len(features) - 1), skip_self=True)
    return embed(features, near, neighbors=neighbors, min_distance=0.1, seed=seed)


def test_islands_stay_apart_and_a_seed_gives_the_same_places(rng):
    features = rng.normal(size=(90, 12)).astype(np.float32)
    features[45:, 0] += 40
    places = laid_out(features)
    assert places.shape == (90, 2)
    assert nearest(places, places, 3, skip_self=True)[1][:45].max() < 45
    assert nearest(places, places, 3, skip_self=True)[1][45:].min() >= 45
    np.testing.assert_array_equal(places, laid_out(features))
    assert not np.array_equal(places, laid_out(features, seed=1))


def test_fewer_images_than_neighbors_are_laid_out_all_the_same(rng):
    assert np.isfinite(laid_out(rng.normal(size=(8, 5)).astype(np.float32), neighbors=15)).all()


def test_copies_are_laid_out_all_the_same(rng):
    features = np.repeat(rng.normal(size=(4, 5)), 20, axis=0).astype(np.float32)
    assert np.isfinite(laid_out(features)).all()


@pytest.mark.parametrize("features", [np.ones((9, 3), np.float32), np.eye(3, dtype=np.float32)])
def test_nothing_to_lay_out_is_refused(features):
    with pytest.raises(UsageError, match="four or more images that are not all alike"):
        laid_out(features)


def test_the_package_that_is_missing_is_named(monkeypatch, rng):
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "umap.umap_", raising=False)
    with pytest.raises(MissingExtra, match=r"umap-learn.*medcurate\[evaluate\]"):
        laid_out(rng.normal(size=(9, 3)).astype(np.float32))


def test_neither_tensorflow_nor_a_crippled_umap_stays_behind():
    """In a process of its own: what other tests have imported must not decide."""
    script = """if True:
        import sys
        from medcurate.evaluate.overlap.embedding import _load
        assert _load().UMAP.__name__ == "UMAP"
        left = {"tensorflow", "keras", "umap.parametric_umap", "umap"} & set(sys.modules)
        assert not left, left
        assert _load() is sys.modules["umap.umap_"]
        sys.modules["tensorflow"] = None  # a whole umap is what comes next; loading TensorFlow takes too long here
        sys.modules["keras"] = None
        import umap
        assert umap.UMAP is _load().UMAP and umap.__version__
    """
    command = [sys.executable, "-W", "error", "-W", "ignore::ImportWarning", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
