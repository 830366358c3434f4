from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.neighbors import KernelDensity

from medcurate.errors import UsageError
from medcurate.evaluate.overlap.density_overlap import DensityOverlap, density_overlap


def test_known_overlap_of_two_normals(rng):
    """Two normals d apart share 2 Phi(-d / 2) (Inman & Bradley, 1989); the kernel widens each by its bandwidth."""
    n, apart, wide = 20_000, 1.5, 0.2
    points = rng.normal(size=(2 * n, 2))
    points[n:, 0] += apart
    found = DensityOverlap(points, bandwidth=(wide, wide), cells=128)(np.arange(n), n + np.arange(n))["overlap"]
    assert found == pytest.approx(2 * norm.cdf(-apart / np.sqrt(1 + wide**2) / 2), abs=0.012)


def test_agrees_with_kernels_evaluated_one_by_one(rng):
    """scikit-learn sums every kernel at every place; the grid moves points by half a cell at most."""
    one, other = rng.normal(size=(60, 2)), rng.normal(0.8, 1, size=(60, 2))
    along = np.linspace(-6, 7, 200)
    grid = np.stack(np.meshgrid(along, along), -1).reshape(-1, 2)
    densities = [np.exp(KernelDensity(bandwidth=0.5).fit(points).score_samples(grid)) for points in (one, other)]
    expected = np.minimum(*densities).sum() * (13 / 199) ** 2
    both = np.concatenate([one, other])
    found = DensityOverlap(both, bandwidth=(0.5, 0.5), cells=256)(np.arange(60), 60 + np.arange(60))["overlap"]
    assert found == pytest.approx(expected, abs=0.003)


def test_the_same_points_overlap_wholly_and_distant_ones_not_at_all(rng):
    points = np.concatenate([rng.normal(size=(50, 2)), rng.normal(size=(50, 2)) + 40])
    overlap = DensityOverlap(points, bandwidth=(0.3, 0.3), cells=64)
    near, far = np.arange(50), 50 + np.arange(50)
    assert overlap(near, near)["overlap"] == pytest.approx(1)
    assert overlap(near, far)["overlap"] == pytest.approx(0, abs=1e-9)
    assert overlap(near, far) == overlap(far, near)


def test_an_outlier_does_not_make_the_grid_endless():
    points = np.zeros((20, 2))
    points[0] = 1e6
    overlap = DensityOverlap(points, bandwidth=(1e-9, 1e-9), cells=32)
    assert overlap.cells < 1100
    assert overlap(np.arange(1, 10), np.arange(10, 20))["overlap"] == pytest.approx(1)


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 1])
def test_a_share_elsewhere_lowers_the_overlap_by_that_share(rng, share):
    real, synthetic = rng.normal(size=(400, 2)), rng.normal(size=(400, 2))
    synthetic[: int(share * 400)] += 12
    metric = density_overlap(real, synthetic, draws=20, seed=0)
    assert (1 - share) * metric.real_vs_real.value - 0.02 <= metric.value <= 1 - share + 0.02


def test_a_sample_of_the_same_is_not_told_from_real(rng):
    real, synthetic = rng.normal(size=(400, 2)), rng.normal(size=(900, 2))
    metric = density_overlap(real, synthetic, draws=50, seed=3)
    low, high = metric.settings["gap_interval"]
    assert low <= 0 <= high
    assert metric.interval[0] <= metric.value <= metric.interval[1]
    assert (metric.name, metric.n, metric.real_vs_real.n) == ("overlap/density_overlap", 1300, 400)
    assert metric.settings["images_a_side"] == 200
    assert metric == density_overlap(real, synthetic, draws=50, seed=3)


@pytest.mark.parametrize("bad", [np.zeros((5, 3)), np.zeros(5), np.full((5, 2), np.nan)])
def test_what_is_no_plane_is_refused(bad):
    with pytest.raises(UsageError, match=r"expected .*points"):
        density_overlap(bad, bad, draws=20)
