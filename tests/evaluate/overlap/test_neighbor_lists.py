from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from medcurate.errors import UsageError
from medcurate.evaluate.overlap.neighbor_lists import NeighborLists, neighbor_shares


def counted(features, real, other, k):
    """The same from scikit-learn, searched among the chosen rows alone."""
    rows = np.concatenate([real, other])
    of_other = np.arange(len(rows)) >= len(real)
    found = NearestNeighbors(n_neighbors=k).fit(features[rows]).kneighbors(return_distance=False)
    shares = of_other[found].mean(axis=1)
    radii = NearestNeighbors(n_neighbors=k).fit(features[real]).kneighbors()[0][:, -1]
    nearest = NearestNeighbors(n_neighbors=1).fit(features[other]).kneighbors(features[real])[0][:, 0]
    return shares[: len(real)].mean(), shares[len(real) :].mean(), nearest < radii


@pytest.mark.parametrize("k", [1, 5])
def test_agrees_with_a_search_among_the_chosen_alone(rng, k):
    features = rng.normal(size=(200, 6))
    features[100:] += 0.5
    lists = NeighborLists.of(features, k)
    real, other = rng.permutation(100)[:50], 100 + rng.permutation(100)[:50]
    of_real, of_other, covered = counted(features, real, other, k)
    assert lists.shares(real, other) == {
        "of_real": pytest.approx(of_real + 0.5 - 50 / 99),  # from what is expected without a difference
        "of_synthetic": pytest.approx(of_other + 0.5 - 49 / 99),
    }
    np.testing.assert_array_equal(lists.covered(real, other), covered)


def test_without_a_difference_the_shares_are_as_expected(rng):
    of_real, of_synthetic = neighbor_shares(rng.normal(size=(300, 8)), rng.normal(size=(300, 8)), draws=40)
    for metric in (of_real, of_synthetic):
        assert metric.interval[0] <= metric.settings["expected"] <= metric.interval[1]
        assert metric.settings["gap_interval"][0] <= 0 <= metric.settings["gap_interval"][1]
        assert metric.real_vs_real.value == pytest.approx(0.5, abs=0.04)
    assert of_real.settings["expected"] == of_synthetic.settings["expected"] == 0.5


def test_a_share_that_lies_elsewhere_shows_on_both_sides(rng):
    real, synthetic = rng.normal(size=(300, 8)), rng.normal(size=(300, 8))
    found = []
    for share in (0, 0.25, 0.5, 1):
        moved = synthetic.copy()
        moved[: int(share * 300)] += 20
        found.append([metric.value for metric in neighbor_shares(real, moved, draws=20)])
    of_real, of_synthetic = np.array(found).T
    assert (np.diff(of_real) < 0).all()
    assert (np.diff(of_synthetic) > 0).all()
    assert found[-1] == [pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.01)]


def test_copies_draw_synthetic_images_nearer_to_real_ones_than_real_ones_are(rng):
    real = rng.normal(size=(200, 8))
    _, of_synthetic = neighbor_shares(real, real + rng.normal(0, 1e-3, real.shape), k=1, draws=20)
    assert of_synthetic.settings["gap_interval"][1] < 0


def test_slices_of_few_patients_do_not_make_synthetic_images_of_others_seem_far(rng):
    """20 patients with 15 slices each; synthetic images are of patients of their own, so nothing is wrong with them.

    Were a patient's other slices neighbors, they alone would fill the list of each real image.
    """
    of_patient = rng.normal(size=(320, 6))
    groups = np.repeat(np.arange(20), 15).tolist()
    real = of_patient[groups] + 0.5 * rng.normal(size=(300, 6))
    known, _ = neighbor_shares(real, of_patient[20:], groups=groups, draws=60)
    unknown, _ = neighbor_shares(real, of_patient[20:], draws=60)
    assert known.settings["gap_interval"][1] > 0
    assert known.real_vs_real.value == pytest.approx(0.5, abs=0.05)
    assert unknown.settings["gap_interval"][1] < -0.1


def test_kin_are_no_neighbors(rng):
    features = np.repeat(rng.normal(size=(10, 3)), 30, axis=0)
    groups = np.repeat(np.arange(10), 30)
    lists = NeighborLists.of(features, 2, groups.tolist())
    filled = lists.rows < 300
    assert filled.sum(axis=1).min() >= 40
    assert (groups[np.minimum(lists.rows, 299)] != groups[:, None])[filled].all()
    everyone = NeighborLists.of(rng.normal(size=(9, 2)), 2, ["one"] * 9)
    assert (everyone.rows == 9).all()


def test_the_same_lists_may_be_given(rng):
    real, synthetic = rng.normal(size=(40, 3)), rng.normal(size=(50, 3))
    lists = NeighborLists.of(np.concatenate([real, synthetic]), 5)
    assert neighbor_shares(real, synthetic, lists=lists, draws=20) == neighbor_shares(real, synthetic, draws=20)


@pytest.mark.parametrize("k", [0, 20])
def test_k_must_fit(rng, k):
    with pytest.raises(UsageError, match="k: expected 1 to 19"):
        NeighborLists.of(rng.normal(size=(20, 2)), k)


def test_what_is_not_finite_is_refused(rng):
    with pytest.raises(UsageError, match="synthetic: expected finite"):
        neighbor_shares(rng.normal(size=(20, 2)), np.full((20, 2), np.inf))
