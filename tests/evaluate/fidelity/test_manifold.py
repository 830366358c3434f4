"""Precision, recall, density and coverage: against prdc and torch-fidelity, and where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from medcurate.errors import UsageError
from medcurate.evaluate.fidelity.folds import Context
from medcurate.evaluate.fidelity.manifold import Manifold, manifold_metrics, manifold_values
from tests.evaluate.fidelity.recorded_features import features


@pytest.mark.parametrize(
    ("k", "generated", "expected"),
    [
        (3, 250, Manifold(0.8, 0.896, 0.8266666666666667, 0.848)),
        (5, 250, Manifold(0.864, 0.96, 0.8096000000000001, 0.948)),
        (5, 180, Manifold(0.8555555555555555, 0.94, 0.7677777777777779, 0.856)),
    ],
)
def test_it_agrees_with_prdc(k, generated, expected):
    real, made = features()
    assert manifold_values(real, made[:generated], k=k) == pytest.approx(expected, rel=1e-12)


def test_it_agrees_with_torch_fidelity():
    # 0.4.0, prc_neighborhood 3; its first features are the generated ones
    found = manifold_values(*features(), k=3)
    assert (found.recall, found.precision) == pytest.approx((0.8960000276565552, 0.800000011920929), rel=1e-6)


def test_the_real_images_themselves_are_perfect(rng):
    real = rng.normal(size=(60, 6))
    found = manifold_values(real, real)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    assert found.density == pytest.approx(6 / 5)  # each ball holds its center and its five neighbors


def test_a_kind_that_is_never_made_lowers_recall_and_its_coverage(rng):
    real = np.concatenate([rng.normal(0, 1, (80, 4)), rng.normal(30, 1, (40, 4))])
    kind = np.repeat([False, True], [80, 40])
    found = {one.name: one for one in manifold_metrics(
        real, rng.normal(0, 1, (100, 4)), subsets={"kind=one": ~kind, "kind=two": kind}
    )}  # fmt: skip
    assert found["fidelity/precision"].value > 0.8
    assert found["fidelity/recall"].value <= 80 / 120
    assert found["fidelity/coverage[kind=one]"].value > 0.8
    assert found["fidelity/coverage[kind=two]"].value == 0
    assert found["fidelity/coverage[kind=two]"].settings["n_real"] == 40
    total = (80 * found["fidelity/coverage[kind=one]"].value) / 120
    assert found["fidelity/coverage"].value == pytest.approx(total)


def test_intervals_hold_the_value_and_stay_where_shares_are(rng):
    for one in manifold_metrics(rng.normal(size=(60, 3)), rng.normal(size=(50, 3)), context=Context(splits=8)):
        low, high = one.interval
        assert 0 <= low <= one.value <= high
        assert high <= 1 or one.name == "fidelity/density"
        assert (one.n, one.settings["k"], one.better) == (50, 5, "higher")


def test_a_side_needs_more_images_than_neighbors(rng):
    with pytest.raises(UsageError, match="k: expected 1 to 4"):
        manifold_values(rng.normal(size=(5, 2)), rng.normal(size=(50, 2)))
