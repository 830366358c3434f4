"""Authenticity: copies are told from new images."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from medcurate.evaluate.fidelity.authenticity import authentic, authenticity
from medcurate.evaluate.fidelity.folds import Context


def test_it_is_the_definition(rng):
    training, generated = rng.normal(size=(50, 4)), rng.normal(size=(40, 4))
    among = cdist(training, training)
    np.fill_diagonal(among, np.inf)
    across = cdist(generated, training)
    expected = across.min(axis=1) > among.min(axis=1)[across.argmin(axis=1)]
    np.testing.assert_array_equal(authentic(training, generated), expected)


def test_by_hand():
    training = np.array([[0.0], [1.0], [5.0]])
    # nearer to 0 than 1 is; farther from 1 than 0 is; a copy; as far from 5 as 1 is; farther
    generated = np.array([[-0.5], [2.5], [1.0], [9.0], [9.5]])
    np.testing.assert_array_equal(authentic(training, generated), [False, True, False, False, True])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_copies_lower_it_by_their_share(share, rng):
    training, fresh = rng.normal(size=(200, 10)), rng.normal(size=(100, 10))
    copies = round(100 * share)
    generated = np.concatenate([training[:copies] + rng.normal(0, 1e-3, (copies, 10)), fresh[copies:]])
    found = authenticity(training, generated, context=Context(settings={"reference": "held-out real images"}))
    assert found.value == pytest.approx((1 - share) * authentic(training, fresh[copies:]).mean() if share < 1 else 0)
    assert found.settings["reference"] == "training images"
    assert found.interval[0] <= found.value <= found.interval[1]
