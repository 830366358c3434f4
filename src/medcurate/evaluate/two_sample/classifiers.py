"""The classifiers that judge: one that weighs features, one that combines them."""

from __future__ import annotations

from typing import Any

from medcurate.errors import UsageError

NAMES = ("linear", "trees")

_STRENGTH = 0.1
_STEPS = 2000
_TREES = 100
_LEAF = 2


def classifier(name: str, seed: int) -> Any:
    """Make a classifier as of scikit-learn, not yet trained.

    Parameters
    ----------
    name : {'linear', 'trees'}
        Logistic regression on standardized features, or extremely randomized trees (Geurts, Ernst & Wehenkel, 2006).
        Classes weigh the same, however many images they have.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if name == "linear":
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(
            StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=_STEPS, class_weight="balanced")
        )
    if name == "trees":
        from sklearn.ensemble import ExtraTreesClassifier

        return ExtraTreesClassifier(
            _TREES, min_samples_leaf=_LEAF, class_weight="balanced", random_state=seed, n_jobs=1
        )
    raise UsageError(f"classifier: expected {' or '.join(NAMES)}, received {name!r}")
