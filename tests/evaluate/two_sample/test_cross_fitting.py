from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from medcurate.errors import UsageError
from medcurate.evaluate.two_sample import cross_fitting
from medcurate.evaluate.two_sample.classifiers import NAMES, classifier
from medcurate.evaluate.two_sample.cross_fitting import cross_fitted


def test_no_image_is_judged_by_what_has_seen_it(monkeypatch):
    """A classifier that knows just what it was shown: were an image shown to its own judge, this would tell."""

    class Memory(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.shown_ = set(X[:, 0].tolist())
            return self

        def predict_proba(self, X):
            known = np.array([value in self.shown_ for value in X[:, 0].tolist()], float)
            return np.stack([1 - known, known], axis=1)

    monkeypatch.setattr(cross_fitting, "classifier", lambda name, seed: Memory())
    features = np.arange(40, dtype=np.float32)[:, None]
    fold = np.arange(40) % 5
    found = cross_fitted(features, np.arange(40) // 20, fold, name="memory", seed=0)
    assert (found[:, 1] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_classifiers_learn_and_repeat(name, rng):
    features = rng.normal(size=(120, 4)).astype(np.float32)
    labels = (features[:, 0] > 0).astype(np.int64)
    fold = np.arange(120) % 4
    found = cross_fitted(features, labels, fold, name=name, seed=3)
    assert ((found[:, 1] > 0.5) == labels).mean() > 0.85
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(found, cross_fitted(features, labels, fold, name=name, seed=3))


def test_an_unknown_classifier_is_refused():
    with pytest.raises(UsageError, match="linear or trees, received 'forest'"):
        classifier("forest", 0)
