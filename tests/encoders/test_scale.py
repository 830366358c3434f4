"""One scale for features of different units, learned on real images alone."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.encoders import Block, fit_scale
from medcurate.errors import UsageError

BLOCKS = (Block("wide", 30, 5), Block("narrow", 4, None))


def real(rng, n=60):
    wide = rng.normal(size=(n, 3)) @ rng.normal(size=(3, 30)) * 1000 + 5000
    return np.concatenate([wide, rng.normal(3, [1e-3, 1, 10, 100], (n, 4))], axis=1)


def test_each_block_has_the_same_total_variance_among_real_images(rng):
    table = real(rng)
    found = fit_scale(table, BLOCKS).apply(table)
    assert found.shape == (60, 3 + 4)  # the wide block has three axes only
    assert found[:, :3].var(axis=0, ddof=1).sum() == pytest.approx(1, rel=1e-4)
    assert found[:, 3:].var(axis=0, ddof=1).sum() == pytest.approx(1, rel=1e-4)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-5)


def test_a_feature_that_hardly_varies_does_not_decide_alone(rng):
    table = real(rng)
    deviations = fit_scale(table, BLOCKS).apply(table)[:, 3:].std(axis=0)
    assert deviations[0] < 0.01 * deviations[3]


def test_principal_axes_keep_distances_whichever_product_they_come_from(rng):
    table = rng.normal(size=(40, 6)) * [10, 5, 3, 1e-3, 1e-3, 1e-3]
    few, many = table[:5], table
    for rows in (few, many):  # fewer rows than features, and more
        scale = fit_scale(rows, (Block("all", 6, 3),))
        found = scale.apply(rows)
        before, after = (np.linalg.norm(one[0] - one[1]) for one in (rows, found))
        total = np.sqrt(rows.var(axis=0, ddof=1).sum())
        assert after == pytest.approx(before / total, rel=1e-3)


def test_real_images_that_do_not_vary_are_no_trouble():
    scale = fit_scale(np.ones((5, 34)), BLOCKS)
    assert np.isfinite(scale.apply(np.zeros((2, 34)))).all()


def test_an_encoder_without_blocks_has_no_scale(rng):
    assert fit_scale(rng.normal(size=(5, 3)), ()) is None


def test_widths_must_fit(rng):
    with pytest.raises(UsageError, match="34 wide, received shape"):
        fit_scale(rng.normal(size=(5, 33)), BLOCKS)
    with pytest.raises(UsageError, match="two images or more"):
        fit_scale(rng.normal(size=(1, 34)), BLOCKS)
    with pytest.raises(UsageError, match=r"expected shape \(n, 34\)"):
        fit_scale(real(rng), BLOCKS).apply(np.zeros((2, 3)))
