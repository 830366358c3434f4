from __future__ import annotations

import numpy as np
import pytest

from medcurate.curate.measures import plane_features
from medcurate.curate.measures.plane_features import N_FEATURES, N_RAW
from medcurate.errors import UsageError
from tools.plane_training.basis import reduced
from tools.plane_training.dataset import Descriptions


def _blocks(rng, count):
    return [
        Descriptions(rng.random((100, N_RAW), dtype=np.float32), np.full(100, k % 4), ("a",) * 100)
        for k in range(count)
    ]


def test_the_bundled_basis_reduces_as_features_are_reduced(rng):
    blocks = _blocks(rng, 2)
    got = reduced(iter(blocks))
    expected = plane_features.reduce(np.concatenate([block.values for block in blocks]))
    assert np.allclose(got.values, expected, atol=1e-4)
    assert got.labels.tolist() == [0] * 100 + [1] * 100
    assert len(got.sources) == 200


def test_a_new_basis_is_written_repeats_and_keeps_what_differs(rng, tmp_path):
    blocks = _blocks(rng, 4)
    for block in blocks:
        block.values[:, :5] += 20 * rng.standard_normal((100, 5), dtype=np.float32)
    first = reduced(blocks, new_basis=tmp_path / "one.npz", seed=1)
    again = reduced(blocks, new_basis=tmp_path / "two.npz", seed=1)
    assert first.values.shape == (400, N_FEATURES)
    assert np.array_equal(first.values, again.values)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    raw = np.concatenate([block.values for block in blocks])
    assert first.values[:, :5].var(axis=0).sum() == pytest.approx(raw[:, :5].var(axis=0).sum(), rel=0.05)


def test_a_basis_needs_enough_slices(rng, tmp_path):
    with pytest.raises(UsageError, match="expected at least 256 training slices, got 100"):
        reduced(_blocks(rng, 1), new_basis=tmp_path / "basis.npz")
